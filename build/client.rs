//! Generating the client, and asserting that the output is what the hand-written code builds on.

use std::any::Any;
use std::panic;

use openapiv3::{OpenAPI, ReferenceOr};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl, TypePatch};

use crate::transforms::REPLACED;
use crate::{DOCUMENT, Result};

/// Generated types that are public, each with the fields that are public API. They are open to new fields.
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

/// The one request body: its optional fields do not take null, its schema must not either.
const REQUEST_TYPE: &str = "ListDeviceRequest";

/// Schemas whose type has another name. `Page<T>` is the crate's own type: what the document calls Page is its
/// information.
const RENAMED: [(&str, &str); 1] = [("Page", "PageInfo")];

pub(crate) fn generate(api: &OpenAPI, with_schemars: bool) -> Result<String> {
    let mut file = generated(api, &settings(with_schemars)?)?;
    drop_api_version(&mut file, api)?;
    let mut structs = structs(&mut file)?;
    for (schema, fields) in PUBLIC_TYPES {
        assert_fields(&structs, schema, fields)?;
    }
    for item in &mut structs {
        document_fields(item, api)?;
        read_strictly(item);
        // The generator puts attributes before the derives; schemars' must come after them.
        if with_schemars && item.ident == REQUEST_TYPE {
            item.attrs.push(syn::parse_quote!(#[schemars(transform = crate::types::refuse_null)]));
        }
    }
    let code = hand_over_successes(&prettyplease::unparse(&file), api)?;
    assert_output(&code)?;
    Ok(code)
}

/// progenitor panics at much that it does not take: that becomes the one message, too.
fn generated(api: &OpenAPI, settings: &GenerationSettings) -> Result<syn::File> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let outcome = panic::catch_unwind(|| Generator::new(settings).generate_tokens(api));
    panic::set_hook(hook);
    let refused = |cause: &str| format!("{DOCUMENT}: progenitor can't generate a client of it: {cause}");
    let tokens = outcome
        .map_err(|payload| refused(panic_text(payload.as_ref())))?
        .map_err(|error| refused(&error.to_string()))?;
    syn::parse2(tokens).map_err(|error| format!("{DOCUMENT}: progenitor's output for it is not Rust: {error}"))
}

fn panic_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked without a text")
}

fn settings(with_schemars: bool) -> Result<GenerationSettings> {
    let inner_type = "crate::call::Attempt".parse().map_err(|error| format!("{error}"))?;
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

/// The name of a schema's generated type.
fn type_name(schema: &str) -> &str {
    RENAMED.iter().find(|(renamed, _)| *renamed == schema).map_or(schema, |(_, name)| name)
}

/// The schema of a type: generated, or written by hand in its place.
fn schema_name(type_name: &str) -> &str {
    let renamed = RENAMED.iter().find(|(_, name)| *name == type_name);
    let replaced = REPLACED.iter().find(|(_, path)| path.rsplit("::").next() == Some(type_name));
    renamed.or(replaced).map_or(type_name, |(schema, _)| schema)
}

fn structs(file: &mut syn::File) -> Result<Vec<&mut syn::ItemStruct>> {
    let types = file.items.iter_mut().find_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    let (_, items) = types.ok_or("progenitor's output has no module `types`; adapt build/client.rs")?;
    let structs = items.iter_mut().filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    });
    Ok(structs.collect())
}

/// The generator sends the document's version in a header of its own, which the service does not know.
fn drop_api_version(file: &mut syn::File, api: &OpenAPI) -> Result<()> {
    let methods = file.items.iter_mut().filter_map(|item| match item {
        syn::Item::Impl(item) => Some(&mut item.items),
        _ => None,
    });
    let blocks = methods.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(method) => Some(&mut method.block.stmts),
        _ => None,
    });
    let version: syn::Expr = syn::parse_quote!(::reqwest::header::HeaderName::from_static("api-version"));
    let sends_it = |statement: &syn::Stmt| match statement {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => call.args.first() == Some(&version),
        _ => false,
    };
    let dropped: usize =
        blocks.map(|statements| statements.extract_if(.., |statement| sends_it(statement)).count()).sum();
    match api.operations().count() {
        operations if operations == dropped => Ok(()),
        operations => Err(format!(
            "progenitor's output has {dropped} headers `api-version` for {operations} operations; adapt build/client.rs"
        )),
    }
}

/// The generated code would keep a success's value alone, and read its body without a bound.
fn hand_over_successes(code: &str, api: &OpenAPI) -> Result<String> {
    let theirs = "ResponseValue::from_response(response).await";
    match (code.matches(theirs).count(), api.operations().count()) {
        (found, operations) if found == operations => Ok(code.replace(theirs, "self.inner.read(response).await")),
        (found, operations) => Err(format!(
            "progenitor's output has `{theirs}` {found} times for {operations} operations; adapt build/client.rs"
        )),
    }
}

/// That a public type still has all of its fields.
fn assert_fields(structs: &[&mut syn::ItemStruct], schema: &str, fields: &[&str]) -> Result<()> {
    let place = format!("{DOCUMENT}: #/components/schemas/{schema}");
    let advice = "it is public API; if it was renamed or removed, change build/client.rs and src too";
    let item = structs.iter().find(|item| item.ident == type_name(schema));
    let item = item.ok_or_else(|| format!("{place} gives no struct {}; {advice}", type_name(schema)))?;
    let has = |name: &str| item.fields.iter().any(|field| field.ident.as_ref().is_some_and(|ident| ident == name));
    match fields.iter().find(|name| !has(name)) {
        Some(missing) => Err(format!("{place} has no property `{missing}`; {advice}")),
        None => Ok(()),
    }
}

/// A field that is a reference has no description of its own in OpenAPI 3.0: give it that of its schema.
fn document_fields(item: &mut syn::ItemStruct, api: &OpenAPI) -> Result<()> {
    for field in &mut item.fields {
        // The one field of a newtype has no name, and needs no documentation of its own.
        let Some(name) = &field.ident else { continue };
        if field.attrs.iter().any(|attribute| attribute.path().is_ident("doc")) {
            continue;
        }
        let described = referred(&field.ty).and_then(|name| description(schema_name(&name), api));
        let description = described.ok_or_else(|| {
            let item = item.ident.to_string();
            format!(
                "{DOCUMENT}: #/components/schemas/{}/properties/{name} needs a description, or must refer to a schema \
                 that has one: it becomes the documentation of a field",
                schema_name(&item)
            )
        })?;
        field.attrs.push(syn::parse_quote!(#[doc = #description]));
    }
    Ok(())
}

/// An answer's list and page are read by functions of our own: as objects only, and up to a bound.
fn read_strictly(item: &mut syn::ItemStruct) {
    for field in &mut item.fields {
        let Some(value) = argument(&field.ty, "Option") else { continue };
        if argument(value, "Vec").is_some() {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::records")]));
        } else if referred(value).is_some_and(|name| name == type_name("Page")) {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::object")]));
        }
    }
}

/// `T` of a type `path::Outer<T>`.
fn argument<'a>(rust_type: &'a syn::Type, outer: &str) -> Option<&'a syn::Type> {
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

/// `Name` of `path::Name`, alone, in an `Option` or in a `Box`. A list's description is not that of its items.
fn referred(rust_type: &syn::Type) -> Option<String> {
    if let Some(inner) = argument(rust_type, "Option").or_else(|| argument(rust_type, "Box")) {
        return referred(inner);
    }
    let syn::Type::Path(path) = rust_type else { return None };
    let last = path.path.segments.last()?;
    last.arguments.is_none().then(|| last.ident.to_string())
}

/// The generator ignores what it does not find: see that the result has what was asked for.
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
            "the client generated from {DOCUMENT} lacks `{missing}`; has the document's shape or progenitor changed? \
             adapt build/client.rs and the code in src that builds on it"
        ));
    }
    // Typed errors would lose the status of an error page; a regular expression would be one more crate.
    let unwanted = ["Error::ErrorResponse(", "regress::"];
    if let Some(found) = unwanted.iter().find(|text| code.contains(**text)) {
        return Err(format!("the client generated from {DOCUMENT} holds `{found}`; see build/transforms.rs"));
    }
    Ok(())
}
