//! The mock in a process of its own, for tools that hold servers against the document:
//!
//! ```sh
//! cargo run --example document_server --features mock
//! ```
//!
//! It prints its address and serves sample records, of which the certificate is the document's example, until its standard
//! input ends.

#![allow(clippy::print_stdout)]

use std::io::{self, Write};

use huaweicloud_iotda::mock::{MockServer, sample_template};

const CERTIFICATE: &str = "61c970ce2d63eb6ee655dbf0";

#[tokio::main]
async fn main() -> io::Result<()> {
    let server = MockServer::start().await?;
    server.add_sample_devices(CERTIFICATE, 620);
    server.add_sample_templates(12);
    // The name that the document's example asks for.
    let mut template = sample_template(13);
    template.template_name = Some("myTemplate".to_owned());
    server.add_template(template);
    println!("{}", server.endpoint());
    io::stdout().flush()?;
    // This blocks the main thread only; the server runs on the others.
    io::copy(&mut io::stdin(), &mut io::sink())?;
    Ok(())
}
