//! The examples of this package, each run as a program.

mod aide;
mod opentelemetry;
mod program;
