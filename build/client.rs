//! Generates the client, rewrites parts of it, and checks what would otherwise fail without a message.

use std::any::Any;
use std::panic;

use openapiv3::{AnySchema, OpenAPI, PathItem, Paths, ReferenceOr, Schema, SchemaData, SchemaKind};
use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TypeImpl, TypePatch};
use quote::ToTokens;
use serde_json::Value;

use crate::document::{Document, escape};
use crate::transforms::REPLACED;
use crate::{DOCUMENT_PATH, Result};

/// Schemas whose generated types are public API. The types are `#[non_exhaustive]`.
pub(crate) const PUBLIC_TYPES: [&str; 7] = [
    "AuthenticationTemplateList",
    "AuthenticationTemplateSimple",
    "DeviceList",
    "DeviceSimple",
    "ErrorBody",
    "ListDeviceRequest",
    "Page",
];

/// The generated type of the schema `Page`, because `Page<T>` is the crate's own type.
const PAGE_TYPE: &str = "PageInfo";

/// The only request body. Its optional fields do not accept null, so its JSON schema must not allow null either.
const REQUEST_TYPE: &str = "ListDeviceRequest";

/// The operations that `src/operations.rs` calls, with the arguments of their generated functions.
///
/// Arguments are passed by position. If two were swapped, or one were sent under another name, the code would still
/// compile.
const EXPECTED_ARGUMENTS: [(&str, &[&str]); 2] = [
    ("ListDeviceAuthenticationTemplates", &["project_id", "limit", "marker", "offset", "template_name", "instance_id"]),
    ("ListDeviceByDeviceCertificate", &["project_id", "certificate_id", "instance_id", "body"]),
];

pub(crate) fn generate(document: &Document, api: &OpenAPI, with_schemars: bool) -> Result<String> {
    let settings = settings(with_schemars)?;
    let mut file = run_generator(api, &settings).map_err(|cause| {
        format!(
            "{DOCUMENT_PATH}: {}: progenitor cannot generate a client: {cause}; change the OpenAPI document or \
             build/transforms.rs",
            locate_unsupported(api, &settings)
        )
    })?;
    let mut functions = generated_functions(&mut file);
    check_arguments(&functions, document)?;
    let operations = functions.len();
    let headers = functions.iter_mut().map(|function| remove_api_version_header(function)).sum();
    expect_count("headers `api-version`", headers, operations)?;

    let (mut deserializers, mut bounds) = (0, 0);
    for item in generated_structs(&mut file) {
        deserializers += add_strict_deserializers(item);
        if with_schemars && item.ident == PAGE_TYPE {
            bounds += add_count_bounds(item, &document.root);
        }
        // The generator puts attributes before the derives, but the attribute of schemars must follow them.
        if with_schemars && item.ident == REQUEST_TYPE {
            item.attrs.push(syn::parse_quote!(#[schemars(transform = crate::types::reject_null)]));
        }
    }
    expect_count("fields that are a list of records, a page or a count", deserializers, 2 * operations + 1)?;

    expect_count("counts with bounds", bounds, usize::from(with_schemars))?;

    // The generator's own code keeps only the decoded value, and reads the body without a limit.
    let (code, decoding) = (prettyplease::unparse(&file), "ResponseValue::from_response(response).await");
    expect_count(&format!("`{decoding}`"), code.matches(decoding).count(), operations)?;
    Ok(code.replace(decoding, "self.inner.read(response).await"))
}

/// Runs progenitor. It panics on much of what it does not support; a panic becomes an error, too.
fn run_generator(api: &OpenAPI, settings: &GenerationSettings) -> Result<syn::File> {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let result = panic::catch_unwind(|| Generator::new(settings).generate_tokens(api));
    panic::set_hook(hook);
    let tokens = result.map_err(|payload| panic_message(payload.as_ref()))?.map_err(|error| error.to_string())?;
    syn::parse2(tokens).map_err(|error| format!("its output is not valid Rust: {error}"))
}

/// Returns the JSON pointer of the schema or path that progenitor does not support: generates each of them alone.
fn locate_unsupported(api: &OpenAPI, settings: &GenerationSettings) -> String {
    let is_unsupported = |api: OpenAPI| run_generator(&api, settings).is_err();
    let without_paths = OpenAPI { paths: Paths::default(), ..api.clone() };
    let components = api.components.clone().unwrap_or_default();
    let schema_kind = SchemaKind::Any(AnySchema::default());
    let any_schema = Schema { schema_data: SchemaData::default(), schema_kind };
    if is_unsupported(without_paths.clone()) {
        let alone = |name: &String| {
            let mut components = components.clone();
            for (_, other) in components.schemas.iter_mut().filter(|(other, _)| *other != name) {
                *other = ReferenceOr::Item(any_schema.clone());
            }
            OpenAPI { components: Some(components), ..without_paths.clone() }
        };
        let schema = components.schemas.keys().find(|name| is_unsupported(alone(name)));
        return schema.map_or("#/components".to_owned(), |name| format!("#/components/schemas/{}", escape(name)));
    }
    let alone = |(path, item): (&String, &ReferenceOr<PathItem>)| {
        let paths = Paths { paths: [(path.clone(), item.clone())].into(), ..Paths::default() };
        OpenAPI { paths, ..api.clone() }
    };
    let path = api.paths.paths.iter().find(|entry| is_unsupported(alone(*entry)));
    path.map_or("#/paths".to_owned(), |(path, _)| format!("#/paths/{}", escape(path)))
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("it panicked without a message").to_owned()
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
    for schema in PUBLIC_TYPES {
        let mut patch = TypePatch::default();
        patch.with_attr("#[non_exhaustive]");
        if schema == "Page" {
            patch.with_rename(PAGE_TYPE);
        }
        settings.with_patch(schema, &patch);
    }
    Ok(settings)
}

/// Returns the functions of the generated client that send a request.
fn generated_functions(file: &mut syn::File) -> Vec<&mut syn::ImplItemFn> {
    let items = file.items.iter_mut().filter_map(|item| match item {
        syn::Item::Impl(item) => Some(&mut item.items),
        _ => None,
    });
    let functions = items.flatten().filter_map(|item| match item {
        syn::ImplItem::Fn(function) if function.sig.asyncness.is_some() => Some(function),
        _ => None,
    });
    functions.collect()
}

fn generated_structs(file: &mut syn::File) -> impl Iterator<Item = &mut syn::ItemStruct> {
    let modules = file.items.iter_mut().filter_map(|item| match item {
        syn::Item::Mod(module) if module.ident == "types" => module.content.as_mut(),
        _ => None,
    });
    modules.flat_map(|(_, items)| items).filter_map(|item| match item {
        syn::Item::Struct(item) => Some(item),
        _ => None,
    })
}

/// Checks that the generated functions are those that hand-written code calls, with the expected arguments.
fn check_arguments(functions: &[&mut syn::ImplItemFn], document: &Document) -> Result<()> {
    let help = "if this is intended, also change build/client.rs and src/operations.rs (it is public API)";
    for (expected_id, _) in EXPECTED_ARGUMENTS {
        if document.operations().all(|(_, id)| id != expected_id) {
            return Err(format!("{DOCUMENT_PATH}: #/paths: no operation has the operationId `{expected_id}`; {help}"));
        }
    }
    for (pointer, id) in document.operations() {
        let Some((_, expected)) = EXPECTED_ARGUMENTS.into_iter().find(|(expected_id, _)| *expected_id == id) else {
            return Err(format!("{DOCUMENT_PATH}: {pointer}: no code calls the operation `{id}`; {help}"));
        };
        let is_of_operation = |name: &syn::Ident| name.to_string().replace('_', "").eq_ignore_ascii_case(id);
        let function = functions.iter().find(|function| is_of_operation(&function.sig.ident));
        let inputs = function.into_iter().flat_map(|function| &function.sig.inputs);
        let arguments = inputs.filter_map(|input| match input {
            syn::FnArg::Typed(argument) => Some(argument.pat.to_token_stream().to_string()),
            _ => None,
        });
        let arguments: Vec<_> = arguments.collect();
        if arguments != expected {
            let (arguments, expected) = (arguments.join("`, `"), expected.join("`, `"));
            return Err(format!(
                "{DOCUMENT_PATH}: {pointer}: the arguments of the generated function are `{arguments}`, expected \
                 `{expected}`; {help}"
            ));
        }
    }
    Ok(())
}

/// Removes the header `api-version`, in which the generator sends the version of the OpenAPI document. The service does
/// not know it. Returns the number of removed statements.
fn remove_api_version_header(function: &mut syn::ImplItemFn) -> usize {
    let adds_header = |statement: &mut syn::Stmt| match statement {
        syn::Stmt::Expr(syn::Expr::MethodCall(call), _) => {
            call.to_token_stream().to_string().contains("\"api-version\"")
        }
        _ => false,
    };
    function.block.stmts.extract_if(.., adds_header).count()
}

/// Makes serde decode the list and the page of a response with functions of `src/types/records.rs`, which accept only
/// objects and limit the number of records, and the count of a page, which is a hint. Returns the number of these fields.
fn add_strict_deserializers(item: &mut syn::ItemStruct) -> usize {
    let mut count = 0;
    for field in &mut item.fields {
        let Some(value) = type_argument(&field.ty, "Option") else { continue };
        if type_argument(value, "Vec").is_some() {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::records")]));
        } else if last_segment(value).is_some_and(|segment| segment.ident == PAGE_TYPE) {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::object")]));
        } else if item.ident == PAGE_TYPE && is_count(field) {
            field.attrs.push(syn::parse_quote!(#[serde(default, deserialize_with = "crate::types::count")]));
        } else {
            continue;
        }
        count += 1;
    }
    count
}

/// Adds the bounds of the count to its JSON schema, because progenitor ignores them. Returns the
/// number of changed fields.
fn add_count_bounds(item: &mut syn::ItemStruct, document: &Value) -> usize {
    let count = &document["components"]["schemas"]["Page"]["properties"]["count"];
    let (Some(min), Some(max)) = (count["minimum"].as_i64(), count["maximum"].as_i64()) else { return 0 };
    let mut fields: Vec<_> = item.fields.iter_mut().filter(|field| is_count(field)).collect();
    fields.iter_mut().for_each(|field| field.attrs.push(syn::parse_quote!(#[schemars(range(min = #min, max = #max))])));
    fields.len()
}

/// Returns whether a field of the page is its count, the only integer.
fn is_count(field: &syn::Field) -> bool {
    type_argument(&field.ty, "Option").and_then(last_segment).is_some_and(|segment| segment.ident == "i64")
}

/// Returns `T` of a type `path::Outer<T>`.
fn type_argument<'a>(rust_type: &'a syn::Type, outer: &str) -> Option<&'a syn::Type> {
    let last = last_segment(rust_type).filter(|last| last.ident == outer)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

fn last_segment(rust_type: &syn::Type) -> Option<&syn::PathSegment> {
    match rust_type {
        syn::Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Checks that a rewrite found what it replaces, because otherwise the client would compile without it.
fn expect_count(what: &str, found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{DOCUMENT_PATH}: progenitor's output has {found} {what}, expected {expected}; has the OpenAPI document or \
         progenitor changed? adapt build/client.rs"
    ))
}
