//! The JSON Schema of the config files, for editors.

use serde_json::{Map, Value, json};

use super::{FIELDS, OptionField, OptionKind, PACKAGE_FIELDS};

/// The JSON Schema (draft 7) of `ringfence.toml`.
pub fn schema() -> Value {
    document(
        "ringfence.toml",
        "The boundaries between the modules of a Python code base, and how to report what crosses them.",
        FIELDS,
    )
}

/// The JSON Schema (draft 7) of `ringfence.module.toml`.
pub fn module_schema() -> Value {
    document(
        "ringfence.module.toml",
        "The boundaries of the package that this file lies in, and of the modules below it.",
        PACKAGE_FIELDS,
    )
}

fn document(title: &str, description: &str, fields: &[OptionField]) -> Value {
    let mut document = Map::new();
    document.insert("$schema".to_string(), json!("http://json-schema.org/draft-07/schema#"));
    document.insert("title".to_string(), json!(title));
    document.insert("description".to_string(), json!(description));
    document.extend(table(fields));
    Value::Object(document)
}

fn table(fields: &[OptionField]) -> Map<String, Value> {
    let properties: Map<String, Value> =
        fields.iter().map(|field| (field.key.to_string(), property(field))).collect();
    let required: Vec<&str> = fields.iter().filter(|field| field.required).map(|field| field.key).collect();
    let mut schema = Map::new();
    schema.insert("type".to_string(), json!("object"));
    schema.insert("properties".to_string(), Value::Object(properties));
    if !required.is_empty() {
        schema.insert("required".to_string(), json!(required));
    }
    schema.insert("additionalProperties".to_string(), json!(false));
    schema
}

fn property(field: &OptionField) -> Value {
    let mut schema = Map::new();
    schema.insert("title".to_string(), json!(field.key));
    schema.insert("description".to_string(), json!(field.doc));
    schema.extend(kind(&field.kind));
    if let Some(default) = field.default_value() {
        schema.insert("default".to_string(), default);
    }
    Value::Object(schema)
}

fn kind(kind: &OptionKind) -> Map<String, Value> {
    let schema = match kind {
        OptionKind::Boolean => json!({ "type": "boolean" }),
        OptionKind::Integer => json!({ "type": "integer" }),
        OptionKind::String => json!({ "type": "string" }),
        OptionKind::Enum(names) => json!({ "type": "string", "enum": names }),
        OptionKind::Array(item) => json!({ "type": "array", "items": self::kind(item) }),
        OptionKind::Table(fields) => return table(fields),
        OptionKind::Map { value, .. } => {
            json!({ "type": "object", "additionalProperties": self::kind(value) })
        }
        OptionKind::OneOf(kinds) => {
            json!({ "anyOf": kinds.iter().map(self::kind).collect::<Vec<_>>() })
        }
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn schema_files_are_what_the_options_say() {
        for (name, schema) in
            [("ringfence.schema.json", schema()), ("ringfence.module.schema.json", module_schema())]
        {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../resources/schema").join(name);
            let expected = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            if std::env::var_os("RINGFENCE_UPDATE").is_some() {
                std::fs::write(&path, &expected).unwrap();
            }
            let found = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                found == expected,
                "resources/schema/{name} is stale; update it: RINGFENCE_UPDATE=1 cargo test -p ringfence_policy schema"
            );
        }
    }

    #[test]
    fn every_default_and_example_is_what_its_option_allows() {
        fn walk(fields: &[OptionField], seen: &mut usize) {
            for field in fields {
                *seen += 1;
                assert!(!field.doc.is_empty() && !field.example.is_empty(), "{}", field.key);
                assert!(field.default.is_empty() || field.default_value().is_some(), "{}", field.key);
                descend(&field.kind, seen);
            }
        }
        fn descend(kind: &OptionKind, seen: &mut usize) {
            match kind {
                OptionKind::Table(fields) => walk(fields, seen),
                OptionKind::Array(inner) | OptionKind::Map { value: inner, .. } => descend(inner, seen),
                OptionKind::OneOf(kinds) => kinds.iter().for_each(|kind| descend(kind, seen)),
                _ => {}
            }
        }
        let mut seen = 0;
        walk(FIELDS, &mut seen);
        walk(PACKAGE_FIELDS, &mut seen);
        assert!(seen > 30);
    }
}
