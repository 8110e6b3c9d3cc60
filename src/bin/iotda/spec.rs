//! `iotda spec`: prints the OpenAPI document and its schemas, or writes them to files.

use std::fs;
use std::path::Path;

use huaweicloud_iotda::spec::{
    OPENAPI_3_1_JSON, OPENAPI_JSON, OPENAPI_YAML, VERSION, json_schema, schema_names, strict_json_schema,
};

use crate::arguments::{Spec, SpecFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// A file that can be written with `--out`. Its name has the version of the OpenAPI document.
struct File {
    name: String,
    text: String,
}

pub(crate) fn run(spec: &Spec) -> Result<Exit, Failure> {
    let is_schema = matches!(spec.format, SpecFormat::JsonSchema);
    if !is_schema && (spec.schema.is_some() || spec.strict) {
        return Err(Failure::Usage("--schema and --strict require --format json-schema".to_owned()));
    }
    let files = if is_schema { schemas(spec)? } else { vec![document(spec.format)] };
    match &spec.out {
        Some(folder) => write(folder, &files)?,
        None => print(&files)?,
    }
    Ok(Exit::Success)
}

fn document(format: SpecFormat) -> File {
    let (extension, text) = match format {
        SpecFormat::Json => ("json", OPENAPI_JSON.to_owned()),
        SpecFormat::OpenApi31 => ("openapi-3.1.json", OPENAPI_3_1_JSON.to_owned()),
        SpecFormat::Yaml | SpecFormat::JsonSchema => ("yaml", OPENAPI_YAML.to_owned()),
    };
    File { name: format!("iotda-{VERSION}.{extension}"), text }
}

/// Returns the schema with the name that the user specified, or all schemas.
fn schemas(spec: &Spec) -> Result<Vec<File>, Failure> {
    let names: Vec<&str> = match &spec.schema {
        Some(name) => vec![name],
        None => schema_names().collect(),
    };
    names.into_iter().map(|name| schema(name, spec.strict)).collect()
}

fn schema(name: &str, is_strict: bool) -> Result<File, Failure> {
    let (text, form) = if is_strict { (strict_json_schema(name), ".strict") } else { (json_schema(name), "") };
    match text {
        Some(text) => Ok(File { name: format!("{name}-{VERSION}{form}.schema.json"), text: text.to_owned() }),
        None => {
            let names: Vec<_> = schema_names().collect();
            Err(Failure::Usage(format!("--schema {name:?} is unknown; the schemas are {}", names.join(", "))))
        }
    }
}

/// Prints each text. JSON Schemas are JSON Lines, because each is on one line and has its name as `title`.
fn print(files: &[File]) -> Result<(), Failure> {
    let text: String = files.iter().map(|file| file.text.as_str()).collect();
    output::write(text.as_bytes())?;
    Ok(())
}

fn write(folder: &Path, files: &[File]) -> Result<(), Failure> {
    let failure = |path: &Path, error| Failure::Local(format!("cannot write {}: {error}", path.display()));
    fs::create_dir_all(folder).map_err(|error| failure(folder, error))?;
    for file in files {
        let path = folder.join(&file.name);
        fs::write(&path, &file.text).map_err(|error| failure(&path, error))?;
        output::write(format!("{}\n", path.display()).as_bytes())?;
    }
    Ok(())
}
