//! Methods of texts.

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine};
use crate::value::{Object, Value};
use std::rc::Rc;

impl Machine<'_> {
    pub(crate) fn call_text_method(
        &mut self,
        text: &Rc<str>,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Value> {
        let argument = |position: usize| match arguments.get(position) {
            Some(Value::Str(text)) => Some(&**text),
            _ => None,
        };
        let list = |machine: &mut Self, parts: Vec<Value>| machine.container(Object::List, Some(parts), at);
        Ok(match (name, argument(0), argument(1)) {
            ("join", None, _) => {
                let Some(items) = arguments.get(0).cloned() else {
                    return Err(self.raise("TypeError", "str.join() takes exactly one argument", at));
                };
                let Some(items) = self.items(items, at)? else { return Ok(Value::external()) };
                let mut parts = Vec::new();
                for item in &items {
                    match item {
                        Value::Str(part) => parts.push(&**part),
                        Value::External(_) | Value::Unknown | Value::OneOf(_) => return Ok(Value::external()),
                        _ => {
                            let message = "sequence item: expected str instance";
                            return Err(self.raise("TypeError", message, at));
                        }
                    }
                }
                Value::str(&parts.join(text))
            }
            ("join", Some(items), _) => {
                let parts: Vec<String> = items.chars().map(|character| character.to_string()).collect();
                Value::str(&parts.join(text))
            }
            ("split", separator, _) if arguments.len() <= 1 => {
                let parts = match separator {
                    Some("") => return Err(self.raise("ValueError", "empty separator", at)),
                    Some(separator) => text.split(separator).map(Value::str).collect(),
                    None if arguments.len() == 0 => text.split_whitespace().map(Value::str).collect(),
                    None => return Ok(Value::external()),
                };
                list(self, parts)
            }
            ("split" | "rsplit", Some(separator), None) if !separator.is_empty() => match arguments.get(1) {
                Some(Value::Int(count)) if *count >= 0 => {
                    let count = *count as usize + 1;
                    let parts: Vec<Value> = if name == "split" {
                        text.splitn(count, separator).map(Value::str).collect()
                    } else {
                        let mut parts: Vec<Value> = text.rsplitn(count, separator).map(Value::str).collect();
                        parts.reverse();
                        parts
                    };
                    list(self, parts)
                }
                _ => Value::external(),
            },
            ("partition", Some(separator), _) if !separator.is_empty() => match text.split_once(separator) {
                Some((before, after)) => {
                    Value::tuple(vec![Value::str(before), Value::str(separator), Value::str(after)])
                }
                None => Value::tuple(vec![Value::Str(Rc::clone(text)), Value::str(""), Value::str("")]),
            },
            ("rpartition", Some(separator), _) if !separator.is_empty() => {
                match text.rsplit_once(separator) {
                    Some((before, after)) => {
                        Value::tuple(vec![Value::str(before), Value::str(separator), Value::str(after)])
                    }
                    None => Value::tuple(vec![Value::str(""), Value::str(""), Value::Str(Rc::clone(text))]),
                }
            }
            ("startswith", Some(prefix), None) if arguments.len() == 1 => {
                Value::Bool(text.starts_with(prefix))
            }
            ("endswith", Some(suffix), None) if arguments.len() == 1 => Value::Bool(text.ends_with(suffix)),
            ("replace", Some(old), Some(new)) if arguments.len() == 2 => Value::str(&text.replace(old, new)),
            ("removeprefix", Some(prefix), _) => Value::str(text.strip_prefix(prefix).unwrap_or(text)),
            ("removesuffix", Some(suffix), _) => Value::str(text.strip_suffix(suffix).unwrap_or(text)),
            ("strip", None, _) if arguments.len() == 0 => Value::str(text.trim()),
            ("strip", Some(set), _) => Value::str(text.trim_matches(|character| set.contains(character))),
            ("lstrip", Some(set), _) => {
                Value::str(text.trim_start_matches(|character| set.contains(character)))
            }
            ("rstrip", Some(set), _) => {
                Value::str(text.trim_end_matches(|character| set.contains(character)))
            }
            ("lower", _, _) if text.is_ascii() => Value::str(&text.to_ascii_lowercase()),
            ("upper", _, _) if text.is_ascii() => Value::str(&text.to_ascii_uppercase()),
            ("title" | "capitalize", _, _)
                if text.is_ascii() && text.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
            {
                let mut shown = text.to_ascii_lowercase();
                if let Some(first) = shown.get_mut(0..1) {
                    first.make_ascii_uppercase();
                }
                Value::str(&shown)
            }
            ("count", Some(part), None) if !part.is_empty() && arguments.len() == 1 => {
                Value::Int(text.matches(part).count() as i64)
            }
            ("find", Some(part), None) if text.is_ascii() && arguments.len() == 1 => {
                Value::Int(text.find(part).map_or(-1, |position| position as i64))
            }
            ("index", Some(part), None) if text.is_ascii() && arguments.len() == 1 => match text.find(part) {
                Some(position) => Value::Int(position as i64),
                None => return Err(self.raise("ValueError", "substring not found", at)),
            },
            ("isidentifier", _, _) if text.is_ascii() => Value::Bool(is_identifier(text)),
            ("isascii", _, _) => Value::Bool(text.is_ascii()),
            ("isalpha" | "isalnum" | "isdigit" | "isdecimal" | "isnumeric" | "isspace", _, _)
                if text.is_ascii() =>
            {
                let is_of_kind = |byte: u8| match name {
                    "isalpha" => byte.is_ascii_alphabetic(),
                    "isalnum" => byte.is_ascii_alphanumeric(),
                    "isspace" => matches!(byte, b' ' | 9..=13 | 28..=31),
                    _ => byte.is_ascii_digit(),
                };
                Value::Bool(!text.is_empty() && text.bytes().all(is_of_kind))
            }
            ("encode", None, None) if arguments.len() == 0 => Value::Bytes(text.as_bytes().into()),
            ("encode", Some("utf-8" | "utf8" | "UTF-8"), None) if arguments.len() == 1 => {
                Value::Bytes(text.as_bytes().into())
            }
            ("encode", Some("ascii" | "latin-1" | "latin1"), None)
                if arguments.len() == 1 && text.is_ascii() =>
            {
                Value::Bytes(text.as_bytes().into())
            }
            ("lstrip", None, _) if arguments.len() == 0 => Value::str(text.trim_start()),
            ("rstrip", None, _) if arguments.len() == 0 => Value::str(text.trim_end()),
            ("splitlines", None, _)
                if arguments.len() == 0
                    && text.is_ascii()
                    && !text.contains(|c: char| c.is_ascii_control() && c != '\n' && c != '\t') =>
            {
                list(self, text.lines().map(Value::str).collect())
            }
            ("isupper", _, _) if text.is_ascii() => {
                let cased = text.bytes().any(|byte| byte.is_ascii_alphabetic());
                Value::Bool(cased && !text.bytes().any(|byte| byte.is_ascii_lowercase()))
            }
            ("islower", _, _) if text.is_ascii() => {
                let cased = text.bytes().any(|byte| byte.is_ascii_alphabetic());
                Value::Bool(cased && !text.bytes().any(|byte| byte.is_ascii_uppercase()))
            }
            ("format", _, _) if !arguments.more => {
                let mut shown = String::new();
                let mut rest: &str = text;
                let mut next = 0;
                while let Some((before, after)) = rest.split_once('{') {
                    if before.contains('}') {
                        return Ok(Value::external());
                    }
                    shown.push_str(before);
                    let Some((field, after)) = after.split_once('}') else { return Ok(Value::external()) };
                    let value = if is_identifier(field) {
                        let name = self.sym(field);
                        match arguments.keyword(name).cloned() {
                            Some(value) => value,
                            None => return Err(self.raise("KeyError", format!("'{field}'"), at)),
                        }
                    } else {
                        let position = if field.is_empty() {
                            next += 1;
                            next - 1
                        } else {
                            match field.parse::<usize>() {
                                Ok(position) => position,
                                Err(_) => return Ok(Value::external()),
                            }
                        };
                        match arguments.get(position).cloned() {
                            Some(value) => value,
                            None => {
                                return Err(self.raise(
                                    "IndexError",
                                    "Replacement index out of range for positional args tuple",
                                    at,
                                ));
                            }
                        }
                    };
                    match self.shown(&value, at)? {
                        Some(part) => shown.push_str(&part),
                        None => return Ok(Value::external()),
                    }
                    rest = after;
                }
                if rest.contains('}') {
                    return Ok(Value::external());
                }
                shown.push_str(rest);
                Value::str(&shown)
            }
            (method, ..) => match type_of_result(method) {
                Some(kind) => self.object_of(kind),
                None => Value::external(),
            },
        })
    }
}

/// What a method of a text gives.
fn type_of_result(method: &str) -> Option<&'static str> {
    Some(match method {
        "capitalize" | "casefold" | "center" | "expandtabs" | "format" | "format_map" | "join" | "ljust"
        | "lower" | "lstrip" | "removeprefix" | "removesuffix" | "replace" | "rjust" | "rstrip" | "strip"
        | "swapcase" | "title" | "translate" | "upper" | "zfill" => "str",
        "split" | "rsplit" | "splitlines" => "list",
        "partition" | "rpartition" => "tuple",
        "count" | "find" | "index" | "rfind" | "rindex" => "int",
        "endswith" | "startswith" => "bool",
        "encode" => "bytes",
        _ => return method.starts_with("is").then_some("bool"),
    })
}

/// Whether a text of ASCII characters can be a name.
fn is_identifier(text: &str) -> bool {
    let is_name = text.bytes().enumerate().all(|(position, byte)| {
        byte == b'_' || byte.is_ascii_alphabetic() || position > 0 && byte.is_ascii_digit()
    });
    is_name && !text.is_empty()
}
