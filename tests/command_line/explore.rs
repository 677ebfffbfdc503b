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

/// What one of two configs of a folder alone says is said, too.
#[test]
fn contracts_beside_another_config_govern_as_well() {
    let contracts = "[importlinter]\nroot_package = pkg\n\n[importlinter:contract:1]\nname = layers\ntype = layers\n\
                     layers =\n    pkg.hi\n    pkg.lo\n";
    let project = Project::new(&[
        ("ringfence.toml", "[modules.other]\n"),
        (".importlinter", contracts),
        ("pkg/__init__.py", ""),
        ("pkg/hi.py", "import pkg.lo\n"),
        ("pkg/lo.py", ""),
        ("other.py", ""),
    ]);
    let (_, model) = explore(&project, &[]);
    let names = names(&model);
    let flags = flags(&model, "edges", &names);
    assert_eq!(flags[&between("pkg.hi", "pkg.lo")] & UNGOVERNED, 0, "{flags:?}");
}

/// The flags of an edge, by the names of its ends.
fn flags(model: &Value, columns: &str, targets: &[String]) -> BTreeMap<(String, String), i64> {
    let names = names(model);
    let column = |name: &str| numbers(&model[columns][name]);
    let ends = column("from").into_iter().zip(column("to"));
    let at = |number: i64| usize::try_from(number).unwrap();
    ends.zip(column("flags"))
        .map(|((from, to), flags)| ((names[at(from)].clone(), targets[at(to)].clone()), flags))
        .collect()
}

fn between(from: &str, to: &str) -> (String, String) {
    (from.to_string(), to.to_string())
}

const BROKEN: i64 = 1;
const DEPRECATED: i64 = 4;
const UNGOVERNED: i64 = 8;
const OFF: i64 = 32;

#[test]
fn what_is_forbidden_of_elsewhere_is_found_at_its_edge() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "[modules.a]\nforbids-externals = [\"requests\"]\n\n[modules.b]\nexternals = [\"flask\"]\n",
        ),
        ("a.py", "import requests.sessions\nimport flask\n"),
        ("b.py", "import flask\n"),
    ]);
    let (_, model) = explore(&project, &[]);
    let elsewhere: Vec<String> = texts(&model["external_names"]).into_iter().map(str::to_string).collect();
    let flags = flags(&model, "externals", &elsewhere);
    assert_eq!(flags[&between("a", "requests")] & (BROKEN | UNGOVERNED), BROKEN, "{flags:?}");
    assert_eq!(flags[&between("a", "flask")] & (BROKEN | UNGOVERNED), UNGOVERNED, "{flags:?}");
    assert_eq!(flags[&between("b", "flask")], 0, "{flags:?}");
    assert_eq!(model["findings"][0]["externals"].as_array().unwrap().len(), 1, "{}", model["findings"]);
    let said = model["reasons"]["externals"].as_array().unwrap();
    assert_eq!(said.len(), 2, "{said:?}");
}

#[test]
fn what_is_not_allowed_is_said_where_the_rule_is_off() {
    let config = |linter: &str| {
        format!(
            "{linter}\n[modules.a]\nforbids = [\"b\"]\ndepends-on = [{{ module = \"c\", deprecated = \"no\" }}]\n\n[modules.b]\n\n[modules.c]\n"
        )
    };
    for (linter, source) in [
        ("ignore = [\"RF1\"]\n", "import b\nimport c\n"),
        ("[per-file-ignores]\n\"a.py\" = [\"RF1\"]\n", "import b\nimport c\n"),
        ("", "import b  # ringfence: ignore[RF101, RF102]\nimport c  # ringfence: ignore[RF103]\n"),
    ] {
        let config = config(linter);
        let project = Project::new(&[
            ("ringfence.toml", config.as_str()),
            ("a.py", source),
            ("b.py", ""),
            ("c.py", ""),
        ]);
        let (_, model) = explore(&project, &[]);
        let names = names(&model);
        let flags = flags(&model, "edges", &names);
        assert_eq!(
            flags[&between("a", "b")] & (BROKEN | OFF),
            OFF,
            "{linter}: {flags:?} {}",
            model["findings"]
        );
        assert_eq!(
            flags[&between("a", "c")] & (BROKEN | OFF | DEPRECATED),
            DEPRECATED,
            "{linter}: {flags:?}"
        );
        assert_eq!(model["summary"]["errors"], 0, "{linter}: {}", model["summary"]);
        let findings = model["findings"].as_array().unwrap();
        assert!(findings.iter().any(|it| it["off"] == true && it["code"] == "RF102"), "{findings:?}");
    }
}

#[test]
fn a_statement_behind_two_edges_is_cut_once() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.pkg]\n"),
        ("pkg/__init__.py", ""),
        ("pkg/hub.py", "from pkg import a, b, c\n"),
        ("pkg/a.py", "import pkg.hub\nimport pkg.hub as again\n"),
        ("pkg/b.py", "import pkg.hub\nimport pkg.hub as again\n"),
        ("pkg/c.py", "import pkg.hub\nimport pkg.hub as again\n"),
    ]);
    let (_, model) = explore(&project, &[]);
    let cycles = model["cycles"].as_array().unwrap();
    assert_eq!(cycles.len(), 1, "{cycles:?}");
    let cut = &cycles[0]["cut"];
    assert_eq!((&cut["statements"], &cut["at_least"]), (&json!(1), &json!(1)), "{cut}");
    assert_eq!(cut["edges"].as_array().unwrap().len(), 3, "{cut}");
}

/// By name: its number.
fn number_of(model: &Value, name: &str) -> usize {
    names(model).iter().position(|it| it == name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn each_module_belongs_to_its_own_config() {
    let config = |layer: &str, owner: &str, forbids: &str| {
        format!(
            "layers = [\"{layer}\"]\n\n[modules.web]\nlayer = \"{layer}\"\nowner = \"{owner}\"\n{forbids}\n\n[modules.data]\n"
        )
    };
    let project = Project::new(&[
        ("one/ringfence.toml", config("core", "@one", "forbids = [\"data\"]").as_str()),
        ("one/web.py", "import data\n"),
        ("one/data.py", ""),
        ("two/ringfence.toml", config("core", "@two", "").as_str()),
        ("two/web.py", "import data\n"),
        ("two/data.py", ""),
        ("two/other.py", "import web\n"),
    ]);
    let (_, model) = explore(&project, &[]);
    let web = number_of(&model, "web");
    let columns = &model["boundaries"];
    let at =
        numbers(&columns["module"]).into_iter().position(|it| it == i64::try_from(web).unwrap()).unwrap();
    let owner = usize::try_from(numbers(&columns["owner"])[at]).unwrap();
    assert_eq!(columns["owners"][owner], "@one");
    // The verdict is that of the same config.
    let pairs = numbers(&model["reasons"]["from"]).into_iter().zip(numbers(&model["reasons"]["to"]));
    let pairs: Vec<_> = pairs.filter(|(from, _)| *from == i64::try_from(web).unwrap()).collect();
    assert_eq!(pairs.len(), 1, "{pairs:?}");
    let first = numbers(&model["reasons"]["said"])[0];
    assert_eq!(model["reasons"]["all"][usize::try_from(first).unwrap()]["allows"], false);
    // Two layers of one name are told apart.
    let layers: Vec<_> = model["layers"].as_array().unwrap().iter().map(|it| it["config"].clone()).collect();
    assert_eq!(layers, ["one/ringfence.toml", "two/ringfence.toml"]);
}

#[test]
fn a_part_has_the_cycles_of_the_whole_that_it_takes_part_in() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\n\n[modules.b]\n\n[modules.c]\n\n[modules.d]\n"),
        ("a.py", "import b\n"),
        ("b.py", "import a\n"),
        ("c.py", "import d\n"),
        ("d.py", "import c\n"),
    ]);
    let (_, model) = explore(&project, &["a.py"]);
    let sizes: Vec<usize> = model["cycles"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cycle| cycle["members"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [2, 2], "between boundary modules and between files: {}", model["cycles"]);
    let members = numbers(&model["cycles"][0]["members"]);
    assert!(members.contains(&i64::try_from(number_of(&model, "a")).unwrap()), "{members:?}");
    assert_eq!(model["part"], json!(["a.py"]));
    assert_eq!(model["edges"]["from"].as_array().unwrap().len(), 1, "{}", model["edges"]);
}

#[test]
fn files_elsewhere_are_told_without_the_folders_of_this_machine() {
    let project = Project::new(&[
        ("app/a.py", "import b\n"),
        ("app/b.py", ""),
        ("ringfence.toml", "[modules.a]\nforbids = [\"b\"]\n\n[modules.b]\n"),
    ]);
    let below = project.path("app");
    let run = |arguments: &[&str]| {
        let all = [&["explore", "--config", "../ringfence.toml"], arguments].concat();
        let answer = project.call(&all).within("app").run();
        assert_eq!(answer.code, 0, "{answer:?}");
        std::fs::read_to_string(below.join("ringfence.html")).unwrap()
    };
    let page = run(&[]);
    let folders = model(&page)["files"]["folders"].clone();
    assert!(texts(&folders).contains(&project.root().to_str().unwrap()), "{folders}");
    let page = run(&["--source-url", "https://example.org/{path}"]);
    assert!(!page.contains(project.root().to_str().unwrap()));
    assert!(texts(&model(&page)["files"]["folders"]).contains(&".."), "{}", model(&page)["files"]);
}

#[test]
fn a_page_goes_to_standard_output_or_says_why_not() {
    let project = Project::new(SHOP);
    let answer = project.run(&["explore", "-o", "-"]);
    assert_eq!(answer.code, 0, "{answer:?}");
    assert_eq!(model(&answer.out())["version"], 1);
    assert!(!project.path("-").exists());
    assert_eq!(project.run(&["explore", "-o", "-", "--open"]).code, 2);
    assert_eq!(project.run(&["explore", "--source-url", "https://example.org/\n{path}"]).code, 2);
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("nowhere.html", project.path("link.html")).unwrap();
        let answer = project.run(&["explore", "-o", "link.html"]);
        assert_eq!(answer.code, 2, "{answer:?}");
        assert!(answer.stderr.contains("a link to `nowhere.html`, which is not there"), "{answer:?}");
    }
}
