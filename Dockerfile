# The mock server of `iotda` as a static binary, without anything else in the image:
#
#   docker build --tag iotda-mock .
#   docker run --rm --publish 127.0.0.1:8080:8080 iotda-mock --throttle 50/1s
#
# It is built without TLS, which a mock server does not need. docs/mock.md describes its options.
FROM rust:1.95-alpine AS build
WORKDIR /source
COPY . .
# On Alpine, the default target links musl statically.
RUN cargo build --locked --release --no-default-features --features cli --bin iotda

FROM scratch
COPY --from=build /source/target/release/iotda /iotda
USER 65534:65534
EXPOSE 8080
# SIGTERM of `docker stop` ends the server with exit status 0.
ENTRYPOINT ["/iotda", "mock", "--host", "0.0.0.0", "--port", "8080"]
