//! Every key that the tables of the options declare is read and written, and no other.

use ringfence_diagnostics::FileId;
use ringfence_policy::native::{Document, DocumentKind, read, write};
use ringfence_policy::options::{FIELDS, OptionField, OptionKind};
use toml::de::Error;
use toml::{Table, Value};

/// What a contract of each type needs beside its name.
const CONTRACTS: [&str; 7] = [
    "type = 'forbidden'\nfrom = ['a']\nto = ['b']",
    "type = 'required'\nfrom = ['a']\nto = ['b']",
    "type = 'layers'\nlayers = ['a']\ncontainers = ['b']",
    "type = 'independent'\nmodules = ['a']",
    "type = 'protected'\nmodules = ['a']\nimporters = ['b']",
    "type = 'acyclic'\nmodules = ['a']",
    "type = 'startup'\nentry = ['a']\nmust-not-load = ['b']",
];

/// A config that sets a key, in each of the ways of which one has to mean something.
struct Case {
    path: String,
    configs: Vec<Table>,
}

fn table(text: &str) -> Result<Table, Error> {
    toml::from_str(text)
}

fn with(base: &Table, more: Table) -> Table {
    base.clone().into_iter().chain(more).collect()
}

fn one(key: &str, value: impl Into<Value>) -> Table {
    [(key.to_string(), value.into())].into_iter().collect()
}

/// All of the examples in one table.
fn all_of<'a>(examples: impl Iterator<Item = &'a str>) -> Result<Table, Error> {
    let tables: Vec<Table> = examples.map(table).collect::<Result<_, _>>()?;
    Ok(tables.into_iter().flatten().collect())
}

/// An entry of a list with all of its keys.
fn whole_entry(fields: &[OptionField]) -> Result<Value, Error> {
    let mut whole = Table::new();
    for field in fields {
        let example = table(&format!("x = {}", field.example))?;
        whole.extend(example.into_iter().filter_map(|(_, entry)| entry.as_table().cloned()).flatten());
    }
    Ok(Value::Table(whole))
}

/// The cases of a table and of the tables in it; `around` makes a config of the table.
fn add_cases(
    cases: &mut Vec<Case>,
    path: &str,
    fields: &[OptionField],
    around: &dyn Fn(Table) -> Table,
) -> Result<(), Error> {
    let required = all_of(fields.iter().filter(|field| field.required).map(|field| field.example))?;
    let mut bases = vec![required.clone()];
    if path == "contracts." {
        bases.clear();
        for base in CONTRACTS {
            bases.push(with(&required, table(base)?));
        }
    }
    for field in fields.iter().filter(|field| field.key != "$schema") {
        let path = format!("{path}{}", field.key);
        let mut case = |set: &Table| {
            let configs = bases.iter().map(|base| around(with(base, set.clone()))).collect();
            cases.push(Case { path: path.clone(), configs });
        };
        case(&table(field.example)?);
        match field.kind {
            OptionKind::Array(OptionKind::OneOf([OptionKind::String, OptionKind::Table(entry)])) => {
                case(&one(field.key, vec![whole_entry(entry)?]));
            }
            OptionKind::Array(OptionKind::Table(below)) => {
                add_cases(cases, &format!("{path}."), below, &|inner| {
                    around(one(field.key, vec![Value::Table(inner)]))
                })?;
            }
            OptionKind::Map { value: OptionKind::Table(below), .. } => {
                add_cases(cases, &format!("{path}."), below, &|inner| {
                    around(one(field.key, one("shop.orders", inner)))
                })?;
            }
            OptionKind::Table(below) => {
                add_cases(cases, &format!("{path}."), below, &|inner| around(one(field.key, inner)))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// The config as it is written after it was read, or what is wrong with it.
fn written(config: &Table) -> Result<Table, Vec<String>> {
    let text = config.to_string();
    let document = Document { file: FileId::new(0), text: &text, kind: DocumentKind::Ringfence };
    let (policy, errors) = read(Some(&document), &[]);
    if errors.is_empty() {
        table(&write(&policy)).map_err(|error| vec![error.to_string()])
    } else {
        Err(errors.into_iter().map(|config_error| config_error.message).collect())
    }
}

#[test]
fn every_declared_key_is_read_and_written() -> Result<(), Error> {
    let mut cases = Vec::new();
    add_cases(&mut cases, "", FIELDS, &|table| table)?;
    for nested in ["compatibility.precedence", "contracts.skip", "interfaces.of", "modules.owner"] {
        assert!(cases.iter().any(|case| case.path == nested), "{nested}");
    }
    for Case { path, configs } in cases {
        let is_kept = configs.iter().any(|config| written(config).as_ref() == Ok(config));
        let outcomes: Vec<_> = configs.iter().map(|config| (config.to_string(), written(config))).collect();
        assert!(is_kept, "`{path}` is lost: {outcomes:#?}");
    }
    Ok(())
}
