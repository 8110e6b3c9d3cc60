//! Generates the client, rewrites parts of it, and asserts the output that the hand-written code depends on.

use std::any::Any;
use std::panic;

use openapiv3::{OpenAPI, ReferenceOr};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl, TypePatch};

use crate::transforms::REPLACED;
use crate::{DOCUMENT_PATH, Result};

/// Generated types that are public API, with their fields. They are `#[non_exhaustive]`.
const PUBLIC_TYPES: [(&str, &[&str]); 7] = [
    ("AuthenticationTemplateList", &["templates", "page"]),
    (
        "AuthenticationTemplateSimple",
        &["template_id", "template_name", "description", "status", "create_time", "update_time"],
    ),
    ("DeviceList", &["devices", "page"]),
    ("DeviceSimple", &["app_id", "device_id", "node_id", "gateway_id", "device_name", "product_id"]),
    ("ErrorBody", &["error_code", "error_msg", "request_id"]),
    ("Page", &["count", "marker"]),
    (REQUEST_TYPE, &["limit", "marker", "offset"]),
];

/// The only request body. Its optional fields do not accept null, so its JSON schema must not allow null either.
const REQUEST_TYPE: &str = "ListDeviceRequest";

/// Schemas whose generated type has another name. `Page<T>` is the crate's own type, so the schema `Page` becomes
/// `PageInfo`.
const RENAMED: [(&str, &str); 1] = [("Page", "PageInfo")];

pub(crate) fn generate(api: &OpenAPI, with_schemars: bool) -> Result<String> {
    let mut file = run_generator(api, &settings(with_schemars)?)?;
    remove_api_version_header(&mut file, api)?;
    let mut structs = generated_structs(&mut file)?;
    for (schema, fields) in PUBLIC_TYPES {
        assert_fields(&structs, schema, fields)?;
    }
    for item in &mut structs {
        add_field_docs(item, api)?;
        add_strict_deserializers(item);
        // The generator puts attributes before the derives, but the attribute of schemars must follow them.
        if with_schemars && item.ident == REQUEST_TYPE {
            item.attrs.push(syn::parse_quote!(#[schemars(transform = crate::types::reject_null)]));
        }
    }
    let code = rewrite_success_decoding(&prettyplease::unparse(&file), api)?;
    assert_output(&code)?;
    Ok(code)
}

/// Runs progenitor. It panics on much of what it does not support; a panic becomes an error, too.
fn run_generator(api: &OpenAPI, settings: &GenerationSettings) -> Result<syn::File> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(|| Generator::new(settings).generate_tokens(api));
    panic::set_hook(hook);
    let unsupported = |cause: &str| {
        format!(
            "{DOCUMENT_PATH}: progenitor cannot generate a client: {cause}; change the OpenAPI document or \
             build/transforms.rs"
        )
    };
    let tokens = result
        .map_err(|payload| unsupported(panic_message(payload.as_ref())))?
        .map_err(|error| unsupported(&error.to_string()))?;
    syn::parse2(tokens).map_err(|error| format!("{DOCUMENT_PATH}: progenitor's output is not valid Rust: {error}"))
}

fn panic_message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked without a message")
}

fn settings(with_schemars: bool) -> Result<GenerationSettings> {
    let inner_type = "crate::http::attempt::Attempt".parse().map_err(|error| format!("{error}"))?;
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
    for (schema, _) in PUBLIC_TYPES {
        let mut patch = TypePatch::default();
        patch.with_attr("#[non_exhaustive]");
        if type_name(schema) != schema {
            patch.with_rename(type_name(schema));
        }
        settings.with_patch(schema, &patch);
    }
    Ok(settings)
}

/// Returns the name of a schema's generated type.
fn type_name(schema: &str) -> &str {
    RENAMED.iter().find(|(renamed, _)| *renamed == schema).map_or(schema, |(_, name)| name)
}

/// Returns the schema of a type, which is generated or hand-written.
fn schema_name(type_name: &str) -> &str {
    let renamed = RENAMED.iter().find(|(_, name)| *name == type_name);
    let replaced = REPLACED.iter().find(|(_, path)| path.rsplit("::").next() == Some(type_name));
    renamed.or(replaced).map_or(type_name, |(schema, _)| schema)
}

fn generated_structs(file: &mut syn::File) -> Result<Vec<&mut syn::ItemStruct>> {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let (_, items) =
        types.ok_or("progenitor's output has no module `types`; has progenitor changed? adapt build/client.rs")?;
    let structs = items.iter_mut().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    Ok(structs.collect())
}

/// Removes the header `api-version`, in which the generator sends the version of the OpenAPI document. The service does
/// not know it.
fn remove_api_version_header(file: &mut syn::File, api: &OpenAPI) -> Result<()> {
    let methods = file.items.iter_mut().filter_map(|item| match item {
        syn::Item::Impl(item) => Some(&mut item.items),
        _ => None,
    });
    let blocks = methods.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(method) => Some(&mut method.block.stmts),
        _ => None,
    });
    let version: syn::Expr = syn::parse_quote!(::reqwest::header::HeaderName::from_static("api-version"));
    let adds_header = |statement: &syn::Stmt| match statement {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => call.args.first() == Some(&version),
        _ => false,
    };
    let removed: usize =
        blocks.map(|statements| statements.extract_if(.., |statement| adds_header(statement)).count()).sum();
    match api.operations().count() {
        operations if operations == removed => Ok(()),
        operations => Err(format!(
            "progenitor's output has {removed} headers `api-version` for {operations} operations; has progenitor \
             changed? adapt build/client.rs"
        )),
    }
}

/// Makes the generated code decode a success with `Attempt::read` of `src/http/attempt.rs`.
///
/// The generator's own code keeps only the decoded value, and reads the body without a limit.
fn rewrite_success_decoding(code: &str, api: &OpenAPI) -> Result<String> {
    let decoding = "ResponseValue::from_response(response).await";
    match (code.matches(decoding).count(), api.operations().count()) {
        (found, operations) if found == operations => Ok(code.replace(decoding, "self.inner.read(response).await")),
        (found, operations) => Err(format!(
            "progenitor's output has `{decoding}` {found} times for {operations} operations; has progenitor changed? \
             adapt build/client.rs"
        )),
    }
}

/// Checks that a public type still has all of its fields.
fn assert_fields(structs: &[&mut syn::ItemStruct], schema: &str, fields: &[&str]) -> Result<()> {
    let location = format!("{DOCUMENT_PATH}: #/components/schemas/{schema}");
    let help = "if it was renamed or removed, also change build/client.rs and src (it is public API)";
    let item = structs.iter().find(|item| item.ident == type_name(schema));
    let item = item.ok_or_else(|| format!("{location} does not generate a struct {}; {help}", type_name(schema)))?;
    let has = |name: &str| item.fields.iter().any(|field| field.ident.as_ref().is_some_and(|ident| ident == name));
    match fields.iter().find(|name| !has(name)) {
        Some(missing) => Err(format!("{location} has no property `{missing}`; {help}")),
        None => Ok(()),
    }
}

/// Adds documentation to the fields that are references: that of their schema, because a reference cannot have a
/// description in OpenAPI 3.0.
fn add_field_docs(item: &mut syn::ItemStruct, api: &OpenAPI) -> Result<()> {
    for field in &mut item.fields {
        // The field of a newtype has no name and needs no documentation.
        let Some(name) = &field.ident else { continue };
        if field.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
            continue;
        }
        let description = referenced_type(&field.ty).and_then(|name| description(schema_name(&name), api));
        let description = description.ok_or_else(|| {
            let item = item.ident.to_string();
            format!(
                "{DOCUMENT_PATH}: #/components/schemas/{}/properties/{name} has no description; add one, or refer to a \
                 schema that has one, because it becomes the documentation of a field",
                schema_name(&item)
            )
        })?;
        field.attrs.push(syn::parse_quote!(#[doc = #description]));
    }
    Ok(())
}

/// Makes serde decode the list and the page of a response with functions of `src/types/records.rs`, which accept only
/// objects and limit the number of records.
fn add_strict_deserializers(item: &mut syn::ItemStruct) {
    for field in &mut item.fields {
        let Some(value) = type_argument(&field.ty, "Option") else { continue };
        if type_argument(value, "Vec").is_some() {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::records")]));
        } else if referenced_type(value).is_some_and(|name| name == type_name("Page")) {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::object")]));
        }
    }
}

/// Returns `T` of a type `path::Outer<T>`.
fn type_argument<'a>(rust_type: &'a syn::Type, outer: &str) -> Option<&'a syn::Type> {
    let syn::Type::Path(path) = rust_type else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == outer)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

fn description<'a>(schema: &str, api: &'a OpenAPI) -> Option<&'a str> {
    match api.components.as_ref()?.schemas.get(schema)? {
        ReferenceOr::Item(schema) => schema.schema_data.description.as_deref(),
        ReferenceOr::Reference { .. } => None,
    }
}

/// Returns `Name` of `path::Name`, `Option<path::Name>` or `Box<path::Name>`; `None` for a list, because the
/// description of its items does not describe the list.
fn referenced_type(rust_type: &syn::Type) -> Option<String> {
    if let Some(inner) = type_argument(rust_type, "Option").or_else(|| type_argument(rust_type, "Box")) {
        return referenced_type(inner);
    }
    let syn::Type::Path(path) = rust_type else { return None };
    let last = path.path.segments.last()?;
    last.arguments.is_none().then(|| last.ident.to_string())
}

/// Checks that the output contains everything that was requested, because the generator ignores settings whose target
/// it does not find.
fn assert_output(code: &str) -> Result<()> {
    let expected = [
        "pub page: ::std::option::Option<PageInfo>",
        "pub limit: ::std::option::Option<crate::types::PageLimit>",
        "pub marker: ::std::option::Option<crate::types::Marker>",
        "pub offset: ::std::option::Option<crate::types::PageOffset>",
        "pub create_time: ::std::option::Option<crate::types::Timestamp>",
        "pub update_time: ::std::option::Option<crate::types::Timestamp>",
        "pub status: ::std::option::Option<crate::types::TemplateStatus>",
        "deserialize_with = \"crate::types::records\"",
        "deserialize_with = \"crate::types::object\"",
        "::std::vec::Vec<DeviceSimple>",
        "::std::vec::Vec<AuthenticationTemplateSimple>",
        "Option<&'a crate::types::TemplateName>",
        "\"Instance-Id\"",
        "Error::UnexpectedResponse",
    ];
    if let Some(missing) = expected.iter().find(|text| !code.contains(**text)) {
        return Err(format!(
            "the client generated from {DOCUMENT_PATH} does not contain `{missing}`; has the OpenAPI document or \
             progenitor changed? adapt build/client.rs and the code in src that depends on it"
        ));
    }
    // Typed errors would lose the status of an error page; a regular expression would need one more crate.
    let unwanted = ["Error::ErrorResponse(", "regress::"];
    if let Some(found) = unwanted.iter().find(|text| code.contains(**text)) {
        return Err(format!(
            "the client generated from {DOCUMENT_PATH} contains `{found}`; remove its cause in build/transforms.rs"
        ));
    }
    Ok(())
}
