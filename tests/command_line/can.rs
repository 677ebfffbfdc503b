//! Whether an import may be written, before it is.

use serde_json::{Value, json};

use crate::common::{Project, assert_snapshot};

/// Boundaries of each kind, and a contract that an import may complete.
const CONFIG: &str = r#"layers = ["web", "core"]

[modules."shop.web"]
layer = "web"
depends-on = ["shop.orders"]

[modules."shop.orders"]
layer = "core"
depends-on = []
exposes = ["Order"]
owner = "@orders"

[modules."shop.storage"]
visible-to = ["shop.orders"]

[modules."shop.tools"]

[[contracts]]
name = "no networks behind tools"
type = "forbidden"
from = ["shop.jobs"]
to = ["shop.net"]
"#;

fn shop() -> Project {
    Project::new(&[
        ("ringfence.toml", CONFIG),
        ("shop/__init__.py", ""),
        ("shop/web.py", "\"\"\"Pages.\"\"\"\n\nfrom shop.orders import Order\n"),
        ("shop/orders/__init__.py", "from shop.orders.models import Order\n"),
        ("shop/orders/models.py", "class Order: ...\n\n\nclass Line: ...\n"),
        ("shop/storage.py", "def connect(): ...\n"),
        ("shop/tools.py", ""),
        ("shop/jobs.py", "import shop.tools\n"),
        ("shop/net.py", ""),
    ])
}

fn can(project: &Project, arguments: &[&str]) -> (i32, Value) {
    let arguments = [&["can", "-q", "--output-format", "json"][..], arguments].concat();
    let answer = project.run(&arguments);
    assert!(answer.code == 0 || answer.code == 1, "{answer:?}");
    let code = answer.code;
    (code, answer.json())
}

/// The codes that speak against an import, and what may be written in its place.
fn verdict(project: &Project, arguments: &[&str]) -> (bool, Vec<String>, Vec<String>) {
    let (code, answer) = can(project, arguments);
    assert_eq!(answer["allowed"], json!(code == 0));
    let texts = |list: &Value, key: &str| {
        let list = list.as_array().unwrap().iter();
        list.filter_map(|it| it[key].as_str().map(str::to_string)).collect::<Vec<_>>()
    };
    let against: Vec<Value> = answer["because"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|it| it["allows"] == json!(false))
        .cloned()
        .collect();
    (code == 0, texts(&Value::from(against), "code"), texts(&answer["instead"], "statement"))
}

/// Arguments, whether the import may be written, the codes that say no, and what may be written instead.
type Question<'a> = (&'a [&'a str], bool, &'a [&'a str], &'a [&'a str]);

#[test]
fn each_rule_says_no_and_what_may_be_written_instead() {
    let project = shop();
    let cases: &[Question] = &[
        (&["shop.web", "shop.orders:Order"], true, &[], &[]),
        (&["shop.web", "shop.orders", "--name", "Order"], true, &[], &[]),
        // The name is exposed elsewhere.
        (&["shop.web", "shop.orders.models:Order"], false, &["RF201"], &["from shop.orders import Order"]),
        (&["shop.web", "shop.orders.models.Order"], false, &["RF201"], &["from shop.orders import Order"]),
        // Nothing that is exposed is the same.
        (&["shop.web", "shop.orders.models:Line"], false, &["RF201"], &[]),
        (&["shop.orders.models", "shop.web"], false, &["RF301"], &[]),
        (&["shop.web", "shop.storage:connect"], false, &["RF104"], &[]),
        (&["shop/orders/models.py", "shop.tools"], false, &["RF101"], &[]),
        (&["shop.web", "json"], true, &[], &[]),
        (&["shop.web", "requests"], true, &[], &[]),
    ];
    for (arguments, allowed, codes, instead) in cases {
        let found = verdict(&project, arguments);
        assert_eq!(
            (found.0, &found.1),
            (*allowed, &codes.iter().map(ToString::to_string).collect()),
            "{arguments:?}"
        );
        for statement in *instead {
            assert!(found.2.iter().any(|it| it == statement), "{arguments:?}: {:?}", found.2);
        }
    }
}

#[test]
fn what_is_proposed_instead_is_allowed_itself() {
    let project = shop();
    for (importer, imported) in [
        ("shop.web", "shop.orders.models:Order"),
        ("shop.web", "shop.storage:connect"),
        ("shop.orders.models", "shop.web"),
        ("shop.tools", "shop.net"),
    ] {
        let before = project.text(&format!("{}.py", importer.replace('.', "/")));
        let (_, _, instead) = verdict(&project, &[importer, imported]);
        for statement in instead {
            let path = format!("{}.py", importer.replace('.', "/"));
            project.write(&path, format!("{statement}\n{before}"));
            let answer = project.run(&["check", "-q", "--output-format", "concise"]);
            assert_eq!(answer.code, 0, "{importer}: {statement}: {answer:?}");
            project.write(&path, &before);
        }
    }
}

#[test]
fn an_import_that_completes_a_forbidden_chain_is_not_allowed() {
    let project = shop();
    let (code, answer) = can(&project, &["shop.tools", "shop.net"]);
    assert_eq!((code, &answer["by"]), (1, &json!("chain")));
    let reason = &answer["because"][0];
    assert_eq!(
        (&reason["code"], &reason["file"], &reason["line"]),
        (&json!("RF403"), &json!("ringfence.toml"), &json!(19))
    );
    let hops: Vec<(&str, &str)> = reason["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hop| (hop["importer"].as_str().unwrap(), hop["imported"].as_str().unwrap()))
        .collect();
    assert_eq!(hops, [("shop.jobs", "shop.tools"), ("shop.tools", "shop.net")]);
    // By itself it is forbidden as policy, and once the chain is there another import of it is as well.
    let (_, direct) = can(&project, &["shop.jobs", "shop.net"]);
    assert_eq!(direct["by"], json!("policy"));
    project.write("shop/jobs.py", "import shop.net\nimport shop.tools\n");
    let (code, again) = can(&project, &["shop.jobs", "shop.net"]);
    assert_eq!((code, &again["by"]), (1, &json!("policy")));
    // What is broken already is not made worse by a longer chain.
    let (code, longer) = can(&project, &["shop.tools", "shop.net"]);
    assert_eq!((code, &longer["allowed"]), (0, &json!(true)));
}

#[test]
fn modules_that_are_not_there_are_judged_by_their_names() {
    let project = shop();
    let before = project.contents();
    let (code, answer) = can(&project, &["shop/orders/new.py", "shop.web"]);
    assert_eq!(
        (code, &answer["importer"], &answer["importer_exists"]),
        (1, &json!("shop.orders.new"), &json!(false))
    );
    let (code, answer) = can(&project, &["shop.orders.new", "shop.web"]);
    assert_eq!((code, &answer["importer_file"]), (1, &json!("shop/orders/new.py")));
    let (code, answer) = can(&project, &["shop.web", "shop.orders.model"]);
    assert_eq!(code, 1);
    assert_eq!(answer["because"][0]["code"], json!("RF201"));
    assert_eq!(
        answer["notes"],
        json!(["no module is called `shop.orders.model`; did you mean `shop.orders.models`?"])
    );
    let (_, answer) = can(&project, &["shop.web", "shop.orders:Order_"]);
    assert_eq!(
        answer["notes"],
        json!(["nothing in `shop.orders` is called `Order_`; did you mean `Order`?"])
    );
    assert_eq!(project.contents(), before);
}

#[test]
fn what_is_no_place_of_the_project_is_an_error() {
    let project = shop();
    project.write("lib/ignored.py", "");
    project
        .write("ringfence.toml", format!("source-roots = [\"src\", \".\"]\nexclude = [\"lib\"]\n{CONFIG}"));
    project.write("src/x.py", "");
    for (arguments, words) in [
        (&["nowhere.web", "shop"][..], &["nowhere.web", "no package"][..]),
        (&["shop.wbe", "a b"], &["a b"]),
        (&["shop.web", ".orders"], &[".orders"]),
        (&["shop.web", "shop.class"], &["shop.class"]),
        (&["shop.web", "shop.orders:a", "--name", "b"], &["--name"]),
        (&["../elsewhere.py", "shop"], &["elsewhere.py"]),
        (&["lib/ignored.py", "shop"], &["lib/ignored.py"]),
        (&["shop.web.inner", "shop"], &["shop.web.inner"]),
    ] {
        let answer = project.run(&[&["can", "-q"][..], arguments].concat());
        answer.assert_refused(2, words);
    }
    // What cannot be read has no place for an import.
    project.write("shop/web.py", b"x = '\xff'\n");
    let answer = project.run(&["can", "-q", "shop.web", "shop.orders"]);
    answer.assert_refused(2, &["shop/web.py", "cannot be read"]);
}

#[test]
fn a_kind_that_is_not_looked_at_is_allowed() {
    let project = shop();
    for (kind, allowed) in [
        ("runtime", false),
        ("deferred", false),
        ("typing", true),
        ("optional", false),
        ("conditional", false),
    ] {
        let (code, answer) = can(&project, &["shop.orders.models", "shop.web", "--kind", kind]);
        assert_eq!((code == 0, &answer["kind"]), (allowed, &json!(kind)), "{answer}");
    }
    let (_, answer) = can(&project, &["shop.orders.models", "shop.web", "--kind", "typing"]);
    let text = answer["because"][0]["message"].as_str().unwrap();
    assert!(text.contains("`typing` imports are not looked at"), "{text}");
    let (_, _, instead) = verdict(&project, &["shop.orders.models", "shop.web"]);
    assert_eq!(instead, ["if TYPE_CHECKING:\n    import shop.web"]);
}

#[test]
fn comments_and_the_baseline_do_not_hide_what_an_import_would_be() {
    let project = shop();
    // The comment speaks for the import below it, and for no other.
    project.write("shop/web.py", "# ringfence: ignore[RF104] known\nfrom shop.storage import connect\n");
    project.write("ringfence.baseline", "RF104 shop.web -> shop.storage connect\n");
    let (allowed, codes, _) = verdict(&project, &["shop.web", "shop.storage:connect"]);
    assert_eq!((allowed, codes), (false, vec!["RF104".to_string()]));
    // And still does, where something would stand between the two.
    let (allowed, ..) = verdict(&project, &["shop.web", "shop.storage:connect", "--kind", "typing"]);
    assert!(allowed);
}

#[test]
fn people_read_the_verdict_the_line_and_the_way() {
    let project = shop();
    let mut text = String::new();
    for (importer, imported) in [
        ("shop.web", "shop.orders:Order"),
        ("shop.web", "shop.orders.models:Order"),
        ("shop.orders.models", "shop.tools"),
        ("shop.tools", "shop.net"),
        ("shop.orders.new", "shop.web"),
    ] {
        text += &format!("$ ringfence can {importer} {imported}\n");
        text += &project.run(&["can", "-q", importer, imported]).out();
    }
    assert_snapshot("can", project.root(), &text);
}

#[test]
fn why_answers_for_what_is_not_written() {
    let project = shop();
    let answer = project.run(&["why", "-q", "shop/orders/new.py", "shop.web"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert!(answer.out().contains("may not import `shop.web`"), "{answer:?}");
    assert!(answer.out().contains("nothing of this is written yet"), "{answer:?}");
    project.run(&["why", "-q", "shop.web", "numpy"]).assert_refused(2, &["there is no module `numpy`"]);
    project.run(&["why", "-q", "shop.nothing.here", "a b"]).assert_refused(2, &["shop.nothing.here"]);
}

#[test]
fn a_proposed_file_is_checked_before_it_is_there() {
    let project = shop();
    let before = project.contents();
    let check = |path: &str, text: &str| {
        let arguments = ["check", "-q", "--output-format", "json", "--stdin-filename", path];
        let answer = project.call(&arguments).stdin(text).run();
        let found: Vec<String> = answer
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["code"].as_str().unwrap().to_string())
            .collect();
        (answer.code, found)
    };
    assert_eq!(check("shop/orders/new.py", "import shop.web\n"), (1, vec!["RF301".to_string()]));
    assert_eq!(check("shop/orders/new.py", "import shop.orders.models\n"), (0, vec![]));
    // Contracts, too, and a package that is not there.
    assert_eq!(check("shop/jobs/cleaning/run.py", "import shop.net\n"), (1, vec!["RF403".to_string()]));
    assert_eq!(project.contents(), before);
}

#[test]
fn what_programs_read_is_as_its_schema_says() {
    let project = shop();
    let schema = include_str!("../../resources/schema/formats/can.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    for arguments in [
        &["shop.web", "shop.orders:Order"][..],
        &["shop.web", "shop.orders.models:Order"],
        &["shop.orders.new", "shop.web"],
        &["shop.tools", "shop.net"],
        &["shop.web", "requests"],
        &["shop.orders.models", "shop.web", "--kind", "typing"],
    ] {
        let (_, answer) = can(&project, arguments);
        let errors: Vec<String> = validator
            .iter_errors(&answer)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert_eq!(errors, [""; 0], "{arguments:?}: {answer}");
        // A schema that takes anything proves nothing.
        let mut wrong = answer.clone();
        wrong["allowed"] = json!(!answer["allowed"].as_bool().unwrap());
        assert!(!validator.is_valid(&wrong), "{wrong}");
        let mut wrong = answer;
        wrong["by"] = json!("luck");
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}
