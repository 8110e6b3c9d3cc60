//! Generating the client, and asserting that the output is what the hand-written code builds on.

use openapiv3::{OpenAPI, ReferenceOr};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl, TypePatch};

use crate::transforms::REPLACED;
use crate::{DOCUMENT, Result};

/// Generated types that are public: open to new fields.
const PUBLIC_TYPES: [&str; 6] =
    ["AuthenticationTemplateList", "AuthenticationTemplateSimple", "DeviceList", "DeviceSimple", "ErrorBody", "Page"];

/// The one request body: its optional fields do not take null, its schema must not either.
const REQUEST_TYPE: &str = "ListDeviceRequest";

pub(crate) fn generate(api: &OpenAPI, with_schemars: bool) -> Result<String> {
    let tokens = Generator::new(&settings(with_schemars)?)
        .generate_tokens(api)
        .map_err(|error| format!("{DOCUMENT}: progenitor can't generate a client of it: {error}"))?;
    let mut file = syn::parse2(tokens).map_err(|error| format!("progenitor's output is not Rust: {error}"))?;
    let structs = structs(&mut file)?;
    for item in structs {
        document_fields(item, api)?;
        // The generator puts attributes before the derives; schemars' must come after them.
        if with_schemars && item.ident == REQUEST_TYPE {
            item.attrs.push(syn::parse_quote!(#[schemars(transform = crate::types::refuse_null)]));
        }
    }
    let code = prettyplease::unparse(&file);
    assert_output(&code, with_schemars)?;
    Ok(code)
}

fn settings(with_schemars: bool) -> Result<GenerationSettings> {
    let inner_type = "crate::transport::Attempt".parse().map_err(|error| format!("{error}"))?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_hooks(HooksMode::Expected)
        .with_inner_type(inner_type)
        .with_derive("PartialEq")
        .with_derive("Eq")
        .with_derive("Hash");
    if with_schemars {
        settings.with_derive("schemars::JsonSchema");
    }
    for (schema, replacement) in REPLACED {
        let impls = [TypeImpl::Default, TypeImpl::Display].into_iter();
        settings.with_replacement(schema, replacement, impls);
    }
    for name in PUBLIC_TYPES {
        settings.with_patch(name, &public());
    }
    // `Page<T>` is the crate's own type: what the document calls Page is its information.
    settings.with_patch("Page", public().with_rename("PageInfo"));
    settings.with_patch(REQUEST_TYPE, &public());
    Ok(settings)
}

fn public() -> TypePatch {
    let mut patch = TypePatch::default();
    patch.with_attr("#[non_exhaustive]");
    patch
}

fn structs(file: &mut syn::File) -> Result<impl Iterator<Item = &mut syn::ItemStruct>> {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let (_, items) = types.ok_or("progenitor's output has no module `types`; adapt build/client.rs")?;
    Ok(items.iter_mut().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    }))
}

/// A field that is a reference has no description of its own in OpenAPI 3.0: give it that of its schema.
fn document_fields(item: &mut syn::ItemStruct, api: &OpenAPI) -> Result<()> {
    for field in &mut item.fields {
        if !field.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
            let description = description(&field.ty, api)?;
            field.attrs.push(syn::parse_quote!(#[doc = #description]));
        }
    }
    Ok(())
}

fn description(rust_type: &syn::Type, api: &OpenAPI) -> Result<String> {
    let name = innermost(rust_type).ok_or("progenitor's output has a field of no named type; adapt build/client.rs")?;
    let replaced = REPLACED.iter().find(|(_, path)| path.ends_with(&format!("::{name}")));
    let schema = match name.as_str() {
        "PageInfo" => "Page",
        name => replaced.map_or(name, |(schema, _)| schema),
    };
    let schemas = api.components.as_ref().and_then(|components| components.schemas.get(schema));
    let described = match schemas {
        Some(ReferenceOr::Item(schema)) => schema.schema_data.description.clone(),
        _ => None,
    };
    described
        .ok_or_else(|| format!("{DOCUMENT}: #/components/schemas/{schema} needs a description: a field has no other"))
}

/// `Name` of `Option<path::Name>`.
fn innermost(rust_type: &syn::Type) -> Option<String> {
    let syn::Type::Path(path) = rust_type else { return None };
    let last = path.path.segments.last()?;
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::Type(inner) => innermost(inner),
            _ => None,
        }),
        _ => Some(last.ident.to_string()),
    }
}

/// The generator ignores what it does not find: see that the result has what was asked for.
fn assert_output(code: &str, with_schemars: bool) -> Result<()> {
    let expected = [
        "pub async fn list_device_by_device_certificate<'a>",
        "pub async fn list_device_authentication_templates<'a>",
        "pub struct PageInfo",
        "pub page: ::std::option::Option<PageInfo>",
        "pub limit: ::std::option::Option<crate::types::PageLimit>",
        "pub marker: ::std::option::Option<crate::types::Marker>",
        "pub offset: ::std::option::Option<crate::types::PageOffset>",
        "pub create_time: ::std::option::Option<crate::types::Timestamp>",
        "pub status: ::std::option::Option<crate::types::TemplateStatus>",
        "::std::vec::Vec<DeviceSimple>",
        "::std::vec::Vec<AuthenticationTemplateSimple>",
        "Option<&'a crate::types::TemplateName>",
        "Error::UnexpectedResponse",
    ];
    if let Some(missing) = expected.iter().find(|text| !code.contains(**text)) {
        return Err(format!(
            "the client generated from {DOCUMENT} lacks `{missing}`; has the document's shape or progenitor changed? \
             adapt build/client.rs and the code in src that builds on it"
        ));
    }
    if with_schemars && !code.contains("#[schemars(transform = crate::types::refuse_null)]") {
        return Err(format!(
            "the client generated from {DOCUMENT} has no struct {REQUEST_TYPE}; adapt build/client.rs"
        ));
    }
    // Typed errors would lose the status of an error page; a regular expression would be one more crate.
    let unwanted = ["Error::ErrorResponse(", "regress::"];
    if let Some(found) = unwanted.iter().find(|text| code.contains(**text)) {
        return Err(format!("the client generated from {DOCUMENT} holds `{found}`; see build/transforms.rs"));
    }
    Ok(())
}
