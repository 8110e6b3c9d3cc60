//! Generates a client with progenitor in the way that its manual recommends: from the same OpenAPI document, without changes.

fn main() {
    let file = std::fs::File::open("iotda.yaml").unwrap();
    println!("cargo::rerun-if-changed=iotda.yaml");
    let document = yaml_serde::from_reader(file).unwrap();
    let mut generator = progenitor::Generator::default();
    let tokens = generator.generate_tokens(&document).unwrap();
    let content = prettyplease::unparse(&syn::parse2(tokens).unwrap());
    let path = std::path::Path::new(&std::env::var("OUT_DIR").unwrap()).join("client.rs");
    std::fs::write(path, content).unwrap();
}
