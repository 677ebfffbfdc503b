//! The page of `ringfence explore`, as far as it can be seen without a browser; `web/tests` has the rest.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::{Project, SHOP};

/// The model in a page.
fn model(page: &str) -> Value {
    let (_, after) = page.split_once(r#"<script type="application/json" id="model">"#).unwrap();
    let (model, _) = after.split_once("</script>").unwrap();
    serde_json::from_str(model).unwrap()
}

fn explore(project: &Project, arguments: &[&str]) -> (String, Value) {
    let answer = project.run(&[&["explore"], arguments].concat());
    assert_eq!(answer.code, 0, "{answer:?}");
    let page = project.text("ringfence.html");
    let model = model(&page);
    (page, model)
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|it| it.as_i64().unwrap()).collect()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect()
}

/// The names of the modules, by number.
fn names(model: &Value) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let segments = texts(&model["modules"]["segment"]);
    for (parent, segment) in numbers(&model["modules"]["parent"]).into_iter().zip(segments) {
        let around = usize::try_from(parent).map(|parent| format!("{}.", names[parent])).unwrap_or_default();
        names.push(format!("{around}{segment}"));
    }
    names
}

/// How many imports each edge has, by the names of its ends.
fn edges(model: &Value, columns: &str, targets: &[String]) -> BTreeMap<(String, String), i64> {
    let names = names(model);
    let column = |name: &str| numbers(&model[columns][name]);
    let ends = column("from").into_iter().zip(column("to"));
    ends.zip(column("count"))
        .map(|((from, to), count)| {
            let at = |number: i64| usize::try_from(number).unwrap();
            ((names[at(from)].clone(), targets[at(to)].clone()), count)
        })
        .collect()
}

fn edges_of_graph(graph: &Value, key: &str) -> BTreeMap<(String, String), i64> {
    let text = |value: &Value| value.as_str().unwrap().to_string();
    let edges = graph[key].as_array().unwrap().iter();
    edges
        .map(|edge| {
            let count = edge["imports"].as_array().unwrap().len();
            ((text(&edge["importer"]), text(&edge["imported"])), i64::try_from(count).unwrap())
        })
        .collect()
}

#[test]
fn a_page_says_what_the_other_commands_say() {
    let project = Project::shop(&[("src/shop/extra.py", "import requests\nimport shop.web, shop.web\n")]);
    let (page, model) = explore(&project, &[]);
    assert!(page.contains("default-src 'none'"));

    let graph = project.run(&["graph", "--quiet"]).json();
    let names = names(&model);
    assert_eq!(edges(&model, "edges", &names), edges_of_graph(&graph, "edges"));
    let elsewhere: Vec<String> = texts(&model["external_names"]).into_iter().map(str::to_string).collect();
    assert_eq!(edges(&model, "externals", &elsewhere), edges_of_graph(&graph, "externals"));

    let coverage = project.run(&["coverage", "--quiet", "--output-format", "json"]).json();
    assert_eq!(model["coverage"], coverage);

    let findings = project.run(&["check", "--quiet", "--output-format", "json"]).json();
    let told = |findings: &Value, message: &str| -> Vec<String> {
        let all = findings.as_array().unwrap().iter();
        let mut all: Vec<String> = all.map(|it| format!("{} {}", it["code"], it[message])).collect();
        all.sort();
        all
    };
    assert_eq!(told(&model["findings"], "message"), told(&findings, "message"));
}

#[test]
fn a_page_of_a_part_has_what_is_there_and_what_that_imports() {
    let project = Project::new(&[
        ("shop/__init__.py", ""),
        ("shop/web/__init__.py", "import shop.orders\n"),
        ("shop/web/alone.py", ""),
        ("shop/orders.py", "import shop.apart\n"),
        ("shop/apart.py", ""),
        (
            "ringfence.toml",
            "[modules.\"shop.web\"]\n\n[modules.\"shop.orders\"]\n\n[modules.\"shop.apart\"]\n",
        ),
    ]);
    let (_, model) = explore(&project, &["shop/web"]);
    let graph = project.run(&["graph", "--quiet", "shop/web"]).json();
    let flags = numbers(&model["modules"]["flags"]);
    let names = names(&model);
    let listed: Vec<&str> =
        names.iter().zip(flags).filter(|(_, flags)| flags & 1 != 0).map(|(name, _)| name.as_str()).collect();
    let told: Vec<&str> =
        graph["modules"].as_array().unwrap().iter().map(|module| module["name"].as_str().unwrap()).collect();
    assert_eq!(listed, told);
    let boundaries = project.run(&["graph", "--quiet", "--level", "boundaries", "shop/web"]).json();
    let listed = numbers(&model["boundaries"]["listed"]).into_iter().filter(|listed| *listed == 1);
    assert_eq!(listed.count(), boundaries["modules"].as_array().unwrap().len());
    assert!(told.contains(&"shop.web.alone") && !told.contains(&"shop.apart"), "{told:?}");
    assert_eq!(edges(&model, "edges", &names), edges_of_graph(&graph, "edges"));
}

#[test]
fn what_the_baseline_knows_is_there_and_not_counted() {
    let project = Project::new(SHOP);
    assert_eq!(project.run(&["baseline"]).code, 0);
    let (_, model) = explore(&project, &[]);
    assert_eq!(model["summary"]["errors"], 0, "{}", model["summary"]);
    let findings = model["findings"].as_array().unwrap();
    // Warnings are in no baseline.
    let (known, others): (Vec<&Value>, _) = findings.iter().partition(|finding| finding["known"] == true);
    assert!(!known.is_empty());
    assert!(others.iter().all(|finding| finding["severity"] == "warning"), "{others:?}");
    assert_eq!(model["summary"]["warnings"], others.len());
    assert_eq!(model["summary"]["baselined"], known.len());
}

#[test]
fn names_and_reasons_end_no_script() {
    let evil = "</script><script>alert(1)</script>";
    let config = format!(
        "[modules.a]\nowner = '{evil}'\nforbids = [{{ module = \"b\", reason = '{evil}' }}]\n\n[modules.b]\n"
    );
    let project = Project::new(&[("a.py", "import b\n"), ("b.py", ""), ("ringfence.toml", config.as_str())]);
    let (page, model) = explore(&project, &[]);
    assert_eq!(page.matches("alert(1)").count(), page.matches("\\u003cscript\\u003ealert(1)").count());
    assert_eq!(model["boundaries"]["owners"][0], evil);
}

#[test]
fn links_lead_to_an_editor_or_to_the_web() {
    let project = Project::new(SHOP);
    let (_, model) = explore(&project, &[]);
    assert!(model["root"].is_string());
    let url = "https://example.org/blob/main/{path}#L{line}";
    let (page, model) = explore(&project, &["--source-url", url]);
    assert_eq!((&model["root"], &model["source_url"]), (&Value::Null, &url.into()));
    // Whoever gets the page learns nothing of this machine.
    assert!(!page.contains(project.root().to_str().unwrap()));
    for wrong in ["javascript:alert(1)//{path}", "https://example.org/"] {
        assert_eq!(project.run(&["explore", "--source-url", wrong]).code, 2, "{wrong}");
    }
}

#[test]
fn a_page_is_written_over_no_source_and_no_config() {
    let project = Project::new(SHOP);
    let before = project.contents();
    for path in ["ringfence.toml", "src/shop/page.py"] {
        let answer = project.run(&["explore", "-o", path]);
        assert_eq!(answer.code, 2, "{answer:?}");
    }
    assert_eq!(project.contents(), before);
}

#[test]
fn a_config_with_mistakes_gives_no_page() {
    let project = Project::new(&[("a.py", ""), ("ringfence.toml", "layer = 1\n")]);
    assert_eq!(project.run(&["explore"]).code, 2);
    assert!(!project.path("ringfence.html").exists());
}

#[test]
fn the_model_is_as_its_schema_says() {
    let schema = include_str!("../../resources/schema/formats/explorer.json");
    let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let config = "layers = [\"up\", \"down\"]\n\n[modules.a]\nlayer = \"up\"\nowner = \"@a\"\n\n[modules.b]\nlayer = \"down\"\n\n\
                  [[contracts]]\nname = \"c\"\ntype = \"forbidden\"\nfrom = [\"b\"]\nto = [\"a\"]\n";
    let files = [
        ("a.py", "import b\nimport json\n"),
        ("b.py", "import a\nfrom .. import c\n"),
        ("ringfence.toml", config),
    ];
    let project = Project::new(&files);
    let (_, mut model) = explore(&project, &[]);
    let errors: Vec<String> =
        validator.iter_errors(&model).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(errors, [""; 0]);
    for list in ["findings", "cycles", "contracts", "external_names"] {
        assert!(model[list].as_array().is_some_and(|list| !list.is_empty()), "{list}");
    }
    // A schema that takes anything proves nothing.
    model["edges"]["line"] = json!("1");
    assert!(!validator.is_valid(&model));
}

/// What a contract alone says is said, too.
#[test]
fn contracts_govern_the_imports_of_the_modules_that_they_name() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "[[contracts]]\nname = \"layers\"\ntype = \"layers\"\nlayers = [\"pkg.hi\", \"pkg.lo\"]\n",
        ),
        ("pkg/__init__.py", ""),
        ("pkg/hi.py", "import pkg.lo\n"),
        ("pkg/lo.py", ""),
        ("other.py", "import third\n"),
        ("third.py", ""),
    ]);
    let (_, model) = explore(&project, &[]);
    let names = names(&model);
    let flags: BTreeMap<String, i64> = numbers(&model["edges"]["from"])
        .into_iter()
        .map(|from| names[usize::try_from(from).unwrap()].clone())
        .zip(numbers(&model["edges"]["flags"]))
        .collect();
    assert_eq!((flags["pkg.hi"] & 8, flags["other"] & 8), (0, 8), "{flags:?}");
}
