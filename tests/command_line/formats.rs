//! What other systems read: each format on the demo, and validated.

use std::fs;
use std::path::Path;

use quick_junit::Report;
use serde_json::Value;

use crate::common::{Project, assert_snapshot};

const FORMATS: [&str; 12] = [
    "concise",
    "grouped",
    "json-lines",
    "github",
    "gitlab",
    "sarif",
    "junit",
    "azure",
    "rdjson",
    "pylint",
    "markdown",
    "agent",
];

/// The demo in a repository of its own, with a contract that is broken.
fn demo() -> Project {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/demo");
    let project = Project::new(&[]);
    let mut folders = vec![demo.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let relative = path.strip_prefix(&demo).unwrap();
                project.write(&format!("demo/{}", relative.to_str().unwrap()), fs::read(&path).unwrap());
            }
        }
    }
    let config = project.text("demo/ringfence.toml");
    let contract = "\n[[contracts]]\nname = \"storage stands alone\"\ntype = \"forbidden\"\nfrom = [\"shop.storage\"]\nto = [\"shop.catalog\"]\n";
    project.write("demo/ringfence.toml", config + contract);
    project.git_init();
    project
}

#[test]
fn the_demo_in_every_format() {
    let project = demo();
    for format in FORMATS {
        let answer = project.run(&["check", "-q", "--output-format", format]);
        assert_eq!(answer.code, 1, "{format}: {answer:?}");
        assert_snapshot(&format!("format_{format}"), project.root(), &answer.out());
    }
}

#[test]
fn what_machines_read_is_as_their_schemas_say() {
    let project = demo();
    let clean = Project::new(&[("ringfence.toml", "[modules.a]\n"), ("a.py", "")]);
    for (format, schema) in [
        ("json", include_str!("../../resources/schema/formats/findings.json")),
        ("gitlab", include_str!("../../resources/schema/formats/gitlab-code-quality.json")),
        ("sarif", include_str!("../../resources/schema/formats/sarif-2.1.0.json")),
    ] {
        let validator = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
        for project in [&project, &clean] {
            let answer = project.run(&["check", "--output-format", format]).json();
            let errors: Vec<String> = validator
                .iter_errors(&answer)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors, [""; 0], "{format}");
        }
        // A schema that takes anything proves nothing.
        assert!(!validator.is_valid(&serde_json::json!([{ "code": 1 }])), "{format}");
    }
    for project in [&project, &clean] {
        let answer = project.run(&["check", "--output-format", "junit"]);
        let report = Report::deserialize_from_str(&answer.out()).unwrap();
        let failed: usize = report.test_suites.iter().map(|suite| suite.failures).sum();
        assert_eq!(failed > 0, answer.code == 1);
        assert!(report.tests > 0);
    }
    let lines = project.run(&["check", "--output-format", "json-lines"]);
    let lines: Vec<Value> = lines.out().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::Array(lines), project.run(&["check", "--output-format", "json"]).json());
}

#[test]
fn paths_in_reports_are_those_of_the_repository() {
    let project = demo();
    for format in ["github", "gitlab", "sarif", "junit", "azure", "rdjson", "markdown", "agent"] {
        let above = project.run(&["check", "-q", "--output-format", format]);
        let below = project.call(&["check", "-q", "--output-format", format]).within("demo").run();
        assert_eq!(above.out(), below.out(), "{format}");
        assert!(above.out().contains("demo/src/shop/"), "{format}");
    }
    // Without a repository they are those of the working directory.
    let project = Project::shop(&[]);
    let answer = project.run(&["check", "-q", "--output-format", "gitlab"]).json();
    assert!(!answer[0]["location"]["path"].as_str().unwrap().starts_with('/'));
}

#[test]
fn annotations_are_the_default_in_a_workflow() {
    let project = Project::shop(&[]);
    let annotated = |answer: crate::common::Answer| answer.out().contains(" title=ringfence (RF");
    let in_workflow = || project.call(&["check"]).variable("GITHUB_ACTIONS", "true");
    assert!(annotated(in_workflow().run()));
    // A program reads the annotations, and nothing else may stand among them.
    assert!(in_workflow().run().stderr.contains("Found ") && !in_workflow().run().out().contains("Found "));
    assert!(!annotated(project.run(&["check"])));
    let arguments = ["check", "--output-format", "concise"];
    assert!(!annotated(project.call(&arguments).variable("GITHUB_ACTIONS", "true").run()));
}

#[test]
fn fingerprints_stay_when_lines_move() {
    let project = Project::new(&[
        ("ringfence.toml", "[modules.a]\ndepends-on = []\n[modules.b]\n"),
        ("a.py", "import b\nfrom b import x\nimport b\n"),
        ("b.py", ""),
    ]);
    let fingerprints = || -> Vec<String> {
        let answer = project.run(&["check", "--output-format", "gitlab"]).json();
        answer.as_array().unwrap().iter().map(|it| it["fingerprint"].as_str().unwrap().to_string()).collect()
    };
    let before = fingerprints();
    assert_eq!(before.len(), 3);
    assert_ne!(before[0], before[2], "each has one of its own");
    project.write("a.py", "# moved\n\nimport b\nfrom b import x as y\n\n\nimport b\n");
    assert_eq!(fingerprints(), before);
    project.write("a.py", "import b\n");
    assert_eq!(fingerprints(), before[..1]);
}

#[test]
fn programs_meet_nothing_but_findings() {
    let project = Project::shop(&[]);
    for format in ["pylint", "github", "azure"] {
        let answer = project.run(&["check", "--output-format", format]);
        assert!(answer.stderr.contains("Found ") && !answer.out().contains("Found "), "{format}: {answer:?}");
        assert!(answer.out().lines().all(|line| line.contains("RF")), "{format}: {answer:?}");
    }
}
