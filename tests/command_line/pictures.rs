//! `ringfence graph` as a picture, and parts of it.

use crate::common::Project;

const LAYERS: &str = r#"
layers = ["web", "orders | billing", "storage"]

[modules."shop.web"]
layer = "web"

[modules."shop.orders"]
layer = "orders"

[modules."shop.billing"]
layer = "billing"

[modules."shop.storage"]
layer = "storage"

[modules."tools"]
"#;

fn layered() -> Project {
    Project::new(&[
        ("shop/__init__.py", ""),
        ("shop/web.py", "import shop.orders\nimport shop.billing\n"),
        ("shop/orders.py", "import shop.storage.rows\n"),
        ("shop/billing.py", "import shop.storage.rows\n"),
        ("shop/storage/__init__.py", ""),
        ("shop/storage/rows.py", "import shop.web\n"),
        ("tools.py", "import shop.web\nimport requests\n"),
        ("ringfence.toml", LAYERS),
    ])
}

#[test]
fn layers_are_groups_in_text_and_bands_in_a_picture() {
    let project = layered();
    let graph = |format: &str| {
        let answer = project.run(&["graph", "-q", "--level", "boundaries", "--format", format]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.out().into_owned()
    };
    let mermaid = graph("mermaid");
    assert!(mermaid.contains("    subgraph l0[\"web\"]\n        n3[\"shop.web\"]\n    end\n"), "{mermaid}");
    assert!(mermaid.contains("    end\n    n4[\"tools\"]\n"), "{mermaid}");
    let dot = graph("dot");
    assert!(
        dot.contains(
            "    subgraph cluster_3 {\n        label=\"storage\";\n        \"shop.storage\";\n    }\n"
        ),
        "{dot}"
    );
    let svg = graph("svg");
    let places: Vec<usize> = [">web<", ">orders  |  billing<", ">storage<", ">in no layer<"]
        .iter()
        .map(|title| svg.find(title).unwrap_or_else(|| panic!("{title} in {svg}")))
        .collect();
    assert!(places.is_sorted(), "{svg}");
    let broken: Vec<&str> = svg.lines().filter(|line| line.contains("edge broken")).collect();
    assert_eq!(broken.len(), 1, "{svg}");
    assert!(
        broken[0].contains("shop.storage -&gt; shop.web: 1 import, of which some break a rule"),
        "{broken:?}"
    );
}

#[test]
fn a_picture_is_well_formed_whatever_names_it_has() {
    let config =
        "layers = [\"<script>&\\\"\"]\n\n[modules.\"a\"]\nlayer = '<script>&\"'\n\n[modules.\"b\"]\n";
    let project = Project::new(&[("a.py", "import b\n"), ("b.py", "import a\n"), ("ringfence.toml", config)]);
    let svg = project.run(&["graph", "-q", "--level", "boundaries", "--format", "svg"]);
    assert_eq!(svg.code, 0, "{svg:?}");
    let svg = svg.out();
    assert!(!svg.contains("<script>") && svg.contains("&lt;script&gt;&amp;&quot;"), "{svg}");
}

#[test]
fn a_picture_may_be_of_a_part() {
    let project = layered();
    let names = |arguments: &[&str]| -> (Vec<String>, Vec<String>) {
        let graph = project.run(&[&["graph", "-q"], arguments].concat()).json();
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_string();
        let nodes = graph["modules"].as_array().unwrap().iter().map(|node| text(&node["name"]));
        let edges = graph["edges"].as_array().unwrap().iter();
        let edges = edges.map(|edge| {
            let imports = edge["imports"].as_array().unwrap().len();
            format!("{} {} {imports}", text(&edge["importer"]), text(&edge["imported"]))
        });
        (nodes.collect(), edges.collect())
    };
    let near = names(&["--level", "boundaries", "--focus", "shop.orders"]);
    assert_eq!(near.0, ["shop.orders", "shop.storage", "shop.web"]);
    // What two that are as near import of each other is left out.
    assert_eq!(near.1, ["shop.orders shop.storage 1", "shop.web shop.orders 1"]);
    let all = names(&["--level", "boundaries", "--focus", "shop.orders", "--depth", "9"]);
    assert_eq!(all.0.len(), 5);
    let (nodes, edges) = names(&["--collapse", "1"]);
    assert_eq!(
        (nodes, edges),
        (vec!["shop".to_string(), "tools".to_string()], vec!["tools shop 1".to_string()])
    );
    let (nodes, _) = names(&["--collapse", "2"]);
    assert_eq!(nodes, ["shop", "shop.billing", "shop.orders", "shop.storage", "shop.web", "tools"]);
    project.run(&["graph", "--focus", "shop.order"]).assert_refused(2, &["did you mean `shop.orders`"]);
    assert_eq!(project.run(&["graph", "--collapse", "0"]).code, 2);
}

#[test]
fn a_picture_of_too_much_is_refused() {
    let files: Vec<(String, String)> =
        (0..301).map(|number| (format!("m{number}.py"), String::new())).collect();
    let mut files: Vec<(&str, &str)> =
        files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.push(("ringfence.toml", ""));
    let project = Project::new(&files);
    project.run(&["graph", "--format", "svg"]).assert_refused(2, &["301 nodes", "--focus"]);
    assert_eq!(project.run(&["graph", "--format", "svg", "--focus", "m1"]).code, 0);
}

#[test]
fn layers_are_groups_at_the_level_of_modules_too() {
    let project = layered();
    let graph = |format: &str| {
        let answer = project.run(&["graph", "-q", "--format", format]);
        assert_eq!(answer.code, 0, "{answer:?}");
        answer.out().into_owned()
    };
    // What a boundary module owns is in its layer.
    let dot = graph("dot");
    let group =
        "        label=\"storage\";\n        \"shop.storage\";\n        \"shop.storage.rows\";\n    }\n";
    assert!(dot.contains(group), "{dot}");
    assert!(graph("mermaid").contains("subgraph l0[\"web\"]"));
    assert!(graph("svg").contains(">in no layer<"));
}

#[test]
fn layers_of_one_name_in_two_configs_are_two_groups() {
    let config = |module: &str| format!("layers = [\"core\"]\n\n[modules.{module}]\nlayer = \"core\"\n");
    let project = Project::new(&[
        ("one/ringfence.toml", config("a").as_str()),
        ("one/a.py", ""),
        ("two/ringfence.toml", config("b").as_str()),
        ("two/b.py", ""),
    ]);
    let dot = project.run(&["graph", "-q", "--level", "boundaries", "--format", "dot"]);
    assert_eq!(dot.code, 0, "{dot:?}");
    for group in ["core (one/ringfence.toml)", "core (two/ringfence.toml)"] {
        assert_eq!(dot.out().matches(&format!("label=\"{group}\"")).count(), 1, "{dot:?}");
    }
}

#[test]
fn what_xml_cannot_hold_is_in_no_picture() {
    let project = Project::new(&[
        ("a.py", "import b\n"),
        ("b.py", ""),
        (
            "ringfence.toml",
            "layers = [\"x\\uFFFEy\\uFFFFz\"]\n\n[modules.a]\nlayer = \"x\\uFFFEy\\uFFFFz\"\n",
        ),
    ]);
    let svg = project.run(&["graph", "-q", "--level", "boundaries", "--format", "svg"]);
    assert_eq!(svg.code, 0, "{svg:?}");
    assert!(
        svg.out().contains("x\u{fffd}y\u{fffd}z") && !svg.out().contains(['\u{fffe}', '\u{ffff}']),
        "{svg:?}"
    );
}
