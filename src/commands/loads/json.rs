//! What imports load, for programs.

use std::path::Path;

use ringfence_project::loads::{
    Certainty, CodePlace, HalfLoadedModule, LoadFailure, LoadStep, LoadVerdict, LoadedModule, ModuleLoads,
    Why,
};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

use super::tree::{Selected, externals};

/// The modules that are shown are in the order in which they begin to run.
pub(super) fn module(
    loads: &ModuleLoads,
    mut selected: Vec<Selected>,
    path: &dyn Fn(&Path) -> String,
) -> Value {
    let order: HashMap<&str, usize> = loads
        .loads
        .iter()
        .enumerate()
        .map(|(position, load)| (load.step.module.as_str(), position))
        .collect();
    selected.sort_by_key(|shown| order.get(shown.load.step.module.as_str()));
    let file = |at: Option<&CodePlace>| at.map(|at| path(&at.path));
    let mut object = Map::new();
    object.insert("module".to_string(), json!(loads.module));
    match &loads.verdict {
        LoadVerdict::Works => {
            object.insert("verdict".to_string(), json!("works"));
        }
        LoadVerdict::Fails(LoadFailure { error, message, at, trail, half_loaded }) => {
            let trail: Vec<Value> = trail
                .iter()
                .map(|LoadStep { module, by, at, why }| {
                    json!({ "module": module, "by": by, "why": why_word(*why), "file": file(at.as_ref()), "line": line(at.as_ref()) })
                })
                .collect();
            let half_loaded = half_loaded.as_ref().map(|HalfLoadedModule { module, at, binds }| {
                json!({ "module": module, "line": line(at.as_ref()), "binds": binds })
            });
            object.extend([
                ("verdict".to_string(), json!("fails")),
                ("error".to_string(), json!(error)),
                ("file".to_string(), json!(file(at.as_ref()))),
                ("line".to_string(), json!(line(at.as_ref()))),
                ("message".to_string(), json!(message)),
                ("trail".to_string(), Value::Array(trail)),
                ("half_loaded".to_string(), json!(half_loaded)),
            ]);
        }
        LoadVerdict::Unknown(doubts) => {
            let reasons: Vec<Value> = doubts
                .iter()
                .map(|doubt| {
                    json!({ "file": file(doubt.at.as_ref()), "line": line(doubt.at.as_ref()), "reason": doubt.reason })
                })
                .collect();
            object.insert("verdict".to_string(), json!("unknown"));
            object.insert("reasons".to_string(), Value::Array(reasons));
        }
    }
    let listed: Vec<Value> = selected.iter().map(|it| load(it.load)).collect();
    object.insert("loads".to_string(), Value::Array(listed));
    object.insert("externals".to_string(), json!(externals(loads)));
    Value::Object(object)
}

fn load(load: &LoadedModule) -> Value {
    let certainty = match load.certainty {
        Certainty::Certain => "certain",
        Certainty::May => "may",
    };
    json!({
        "module": load.step.module,
        "certainty": certainty,
        "by": load.step.by,
        "why": why_word(load.step.why),
        "line": line(load.step.at.as_ref()),
    })
}

fn line(at: Option<&CodePlace>) -> Option<usize> {
    at.map(|at| at.line)
}

fn why_word(why: Why) -> &'static str {
    match why {
        Why::Entry => "entry",
        Why::Named => "named",
        Why::Ancestor => "ancestor",
        Why::Star => "star",
    }
}
