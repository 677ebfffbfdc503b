//! Contracts over the whole graph.

use serde_json::json;

use crate::common::Project;

const CONFIG: &str = r#"
[[contracts]]
name = "the domain knows no web"
id = "domain"
type = "forbidden"
from = ["shop.domain"]
to = ["shop.web"]
except = ["shop.domain.old -> shop.web"]

[[contracts]]
name = "no cycles"
type = "acyclic"
modules = ["shop"]
"#;

/// `shop.domain.order` reaches `shop.web` through `shop.tools`; `shop.domain.old` may import it.
const PROJECT: &[(&str, &str)] = &[
    ("ringfence.toml", CONFIG),
    ("shop/__init__.py", ""),
    ("shop/domain/__init__.py", ""),
    ("shop/domain/order.py", "import os\nfrom shop.tools import slug\n"),
    ("shop/domain/old.py", "import shop.web\n"),
    ("shop/tools.py", "\nimport shop.web\n"),
    ("shop/web.py", ""),
];

#[test]
fn a_finding_tells_its_contract_and_its_chain() {
    let project = Project::new(PROJECT);
    let answer = project.run(&["check", "--output-format", "json"]);
    assert_eq!(answer.code, 1);
    let findings = answer.json();
    let finding = &findings[0];
    assert_eq!(finding["code"], "RF403");
    assert_eq!(
        finding["contract"],
        json!({
            "id": "domain",
            "name": "the domain knows no web",
            "type": "forbidden",
            "importer": "shop.domain",
            "imported": "shop.web",
        })
    );
    let path = |name: &str| project.path(name).to_string_lossy().into_owned();
    assert_eq!(
        finding["chain"],
        json!([
            {
                "importer": "shop.domain.order",
                "imported": "shop.tools",
                "filename": path("shop/domain/order.py"),
                "row": 2,
            },
            { "importer": "shop.tools", "imported": "shop.web", "filename": path("shop/tools.py"), "row": 2 },
        ])
    );
    // Findings about no contract have neither key.
    let plain = Project::shop(&[]).run(&["check", "--output-format", "json"]).json();
    assert!(plain[0].get("contract").is_none() && plain[0].get("chain").is_none());
}

#[test]
fn one_contract_can_be_looked_at_alone() {
    let project = Project::new(PROJECT);
    assert_eq!(project.findings(&["--contract", "domain"]), ["shop/domain/order.py:2 RF403"]);
    assert_eq!(
        project.findings(&["--contract", "the domain knows no web"]),
        ["shop/domain/order.py:2 RF403"]
    );
    assert_eq!(project.findings(&["--contract", "no cycles"]), [""; 0]);
    assert_eq!(
        project.findings(&["--contract", "no cycles", "--contract", "domain"]),
        ["shop/domain/order.py:2 RF403"]
    );
    project
        .run(&["check", "--contract", "cycles"])
        .assert_refused(2, &["there is no contract `cycles`; there are `domain`, `no cycles`"]);
}

#[test]
fn contracts_are_listed_with_what_they_cover() {
    let project = Project::new(PROJECT);
    let answer = project.run(&["contracts", "-q"]);
    assert_eq!(
        answer.out(),
        "the domain knows no web [domain]\n    forbidden, broken, 1 finding\n    covers shop.domain, shop.web (4 modules)\n    \
         constrains 1 import\n    1 exception for 1 import\nno cycles\n    acyclic, kept\n    covers shop (6 modules)\n    \
         constrains 3 imports\n"
    );
    let all = project.run(&["contracts", "--output-format", "json"]).json();
    assert_eq!(
        all[0],
        json!({
            "id": "domain",
            "name": "the domain knows no web",
            "type": "forbidden",
            "outcome": "broken",
            "findings": 1,
            "covers": ["shop.domain", "shop.web"],
            "modules": 4,
            "imports": 1,
            "exceptions": 1,
            "excepted_imports": 1,
            "unused_exceptions": 0,
            "suppressed_imports": 0,
        })
    );
    let none = Project::new(&[("ringfence.toml", "[modules.a]\n"), ("a.py", "")]).run(&["contracts"]);
    assert_eq!((none.code, none.out().as_ref()), (0, ""));
    assert!(none.stderr.contains("the config has no contracts"));
}

#[test]
fn all_chains_are_listed_where_somebody_asks() {
    let project = Project::new(PROJECT);
    project.write("shop/domain/item.py", "import shop.helpers\n");
    project.write("shop/helpers.py", "import shop.web\n");
    let few = project.run(&["check", "-q"]);
    assert!(few.out().contains("2 independent import chains; remove these 2 imports"), "{few:?}");
    assert!(!few.out().contains("all 2 independent chains"));
    let all = project.run(&["check", "-q", "--all-chains"]);
    assert!(all.out().contains("`shop.domain.item` -> `shop.helpers` -> `shop.web`"), "{all:?}");
    assert!(all.out().contains("`shop.domain.order` -> `shop.tools` -> `shop.web`"));
}

#[test]
fn mistakes_in_contracts_are_said_at_their_places() {
    for (config, said) in [
        ("type = \"forbidden\"\n", "missing key `name`"),
        ("name = \"x\"\n", "missing key `type`"),
        ("name = \"x\"\ntype = \"forbiden\"\n", "did you mean `forbidden`?"),
        ("name = \"x\"\ntype = \"forbidden\"\nfrom = [\"a\"]\n", "missing key `to` in the contract `x`"),
        (
            "name = \"x\"\ntype = \"independent\"\nmodules = []\ndepth = 1\n",
            "`depth` means nothing in a contract of type `independent`",
        ),
        ("name = \"x\"\ntype = \"acyclic\"\nmodules = []\ndepth = -1\n", "how many generations below"),
        (
            "name = \"x\"\ntype = \"layers\"\nlayers = [\"a | b : c\"]\n",
            "layer `a | b : c` holds both `|` and `:`",
        ),
        ("name = \"x\"\ntype = \"layers\"\nlayers = [\"a\", \"a\"]\n", "layer `a` is named twice"),
        ("name = \"x\"\ntype = \"layers\"\nlayers = [\"a.*\"]\n", "layer `a.*` is a pattern"),
        (
            "name = \"x\"\ntype = \"layers\"\nlayers = [\"a\"]\nexhaustive = true\n",
            "`exhaustive` is about the children of `containers`",
        ),
        (
            "name = \"x\"\ntype = \"independent\"\nmodules = [\"a\"]\nexcept = [\"a b\"]\n",
            "`a b` does not name an import",
        ),
        (
            "name = \"x\"\ntype = \"independent\"\nmodules = [\"a\", \"a\"]\n",
            "`a` is listed twice in `modules`",
        ),
    ] {
        let project = Project::new(&[("ringfence.toml", &format!("[[contracts]]\n{config}")), ("a.py", "")]);
        project.run(&["check"]).assert_refused(2, &["ringfence.toml", said]);
    }
    let twice = "[[contracts]]\nname = \"x\"\ntype = \"independent\"\nmodules = [\"a\"]\n".repeat(2);
    Project::new(&[("ringfence.toml", &twice), ("a.py", "")])
        .run(&["check"])
        .assert_refused(2, &["two contracts have the name `x`"]);
}

#[test]
fn what_is_too_much_to_be_listed_is_counted() {
    let (sources, targets) = (400, 400);
    let list = |letter: &str, count: usize| {
        let names: Vec<String> = (0..count).map(|number| format!("\"{letter}{number}\"")).collect();
        names.join(", ")
    };
    let (from, to) = (list("s", sources), list("t", targets));
    let config =
        format!("[[contracts]]\nname = \"apart\"\ntype = \"forbidden\"\nfrom = [{from}]\nto = [{to}]\n");
    let project = Project::new(&[("ringfence.toml", &config)]);
    let hub: Vec<String> = (0..targets).map(|number| format!("import t{number}")).collect();
    project.write("hub.py", hub.join("\n"));
    for number in 0..sources {
        project.write(&format!("s{number}.py"), "import hub\n");
        project.write(&format!("t{number}.py"), "");
    }
    let all = project.run(&["contracts", "--output-format", "json"]).json();
    assert_eq!((&all[0]["outcome"], &all[0]["findings"]), (&"broken".into(), &(sources * targets).into()));
    // Each chain has three modules, and 300,000 of these are noted.
    let answer = project.run(&["check", "-q", "--output-format", "concise"]);
    let said = answer.out().into_owned();
    let listed = said.lines().filter(|line| line.contains(" reaches it through `hub`")).count();
    assert_eq!((answer.code, listed), (1, 100_000));
    let rest = said.lines().find(|line| line.starts_with("ringfence.toml:")).unwrap();
    assert!(
        rest.contains("the contract `apart` is broken in 60000 more ways, which are not listed"),
        "{rest}"
    );
    // What is not listed would be new, once some of the others are mended.
    let baseline = project.run(&["baseline", "-q"]);
    baseline.assert_refused(2, &["`apart` is broken in 160000 ways, which are too many for a baseline"]);
}

#[test]
fn a_wrong_type_is_one_mistake() {
    let text = "[[contracts]]\nname = \"x\"\ntype = \"forbiden\"\nfrom = [\"a\"]\nto = [\"b\"]\n";
    let project = Project::new(&[("ringfence.toml", text), ("a.py", ""), ("b.py", "")]);
    project.run(&["check"]).assert_refused(2, &["did you mean `forbidden`?", "1 mistake in the config"]);
}

/// What a contract demands is there although a comment or a setting says not to tell of it.
#[test]
fn to_ignore_a_demand_breaks_none() {
    let config = "[[contracts]]\nname = \"c\"\ntype = \"required\"\nfrom = [\"p.a\"]\nto = [\"p.c\"]\n";
    let project = Project::new(&[
        ("ringfence.toml", config),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.c\n"),
        ("p/c.py", ""),
    ]);
    assert_eq!(project.findings(&[]), [""; 0]);
    let ignores = "per-file-ignores = {'p/a.py' = ['RF407']}";
    assert_eq!(project.findings(&["--config", ignores]), [""; 0]);
    project.write("p/a.py", "import p.c  # ringfence: ignore[RF407] for now\n");
    assert_eq!(project.findings(&[]), ["p/a.py:1 RF901"]);
    project.write("p/a.py", "");
    assert_eq!(project.findings(&["--config", ignores]), ["ringfence.toml:4 RF407"]);
}

#[test]
fn no_module_has_to_import_itself() {
    let config = "[[contracts]]\nname = \"c\"\ntype = \"required\"\nfrom = [\"p.*\"]\nto = [\"p.c\"]\nindirect = false\n";
    let project = Project::new(&[
        ("ringfence.toml", config),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.c\n"),
        ("p/c/__init__.py", ""),
        ("p/c/d.py", ""),
    ]);
    assert_eq!(project.findings(&[]), [""; 0]);
    project.write("p/b.py", "import p.a\n");
    assert_eq!(project.findings(&[]), ["ringfence.toml:4 RF407"]);
    // What is around it is more than it.
    project.write("ringfence.toml", config.replace("p.*", "p").replace("p.c\"", "p.c.d\""));
    assert_eq!(project.findings(&[]), ["ringfence.toml:4 RF407"]);
}

#[test]
fn a_comment_that_has_expired_suppresses_no_import() {
    let import = "import shop.web  # ringfence: ignore[RF403] until=2001-01-31 the old way\n";
    let project = Project::new(PROJECT);
    project.write("ringfence.toml", CONFIG.replace("except = [\"shop.domain.old -> shop.web\"]\n", ""));
    project.write("shop/domain/old.py", import);
    project.write("shop/domain/order.py", "");
    let answer = project.run(&["check"]);
    assert!(!answer.out().contains("suppressed"), "{answer:?}");
    assert_eq!(project.findings(&[]), ["shop/domain/old.py:1 RF403", "shop/domain/old.py:1 RF903"]);
    project.write("shop/domain/old.py", import.replace("2001", "2999"));
    let answer = project.run(&["check"]);
    assert!(answer.out().contains("1 suppressed"), "{answer:?}");
}

/// A name of a layer is counted from its container, and so is what is meant by it.
#[test]
fn a_name_below_a_container_is_told_as_one() {
    let project = Project::new(&[
        (
            "ringfence.toml",
            "[[contracts]]\nname = \"apps\"\ntype = \"layers\"\ncontainers = [\"shop.app\"]\nlayers = [\"veiws\", \"zzz\"]\n",
        ),
        ("shop/app/views.py", ""),
    ]);
    let answer = project.run(&["check"]);
    assert!(answer.out().contains("help: did you mean `views`?"), "{answer:?}");
    assert!(
        answer.out().contains("help: there is a module `shop.app`, but nothing of this name below it"),
        "{answer:?}"
    );
}

/// What a contract about the start cannot look at is told, so that green means looked at.
#[test]
fn what_a_startup_contract_cannot_look_at_is_told() {
    let config = r#"
[[contracts]]
name = "fast"
type = "startup"
entry = ["shop.cli:app", "shop.cli:Shop", "shop.cli:short", "shop.cli:main"]
must-not-load = ["shop.heavy"]

[[contracts]]
name = "scripts"
type = "startup"
entry = "scripts"
must-not-load = ["shop.heavy"]
"#;
    let project = Project::new(&[
        ("ringfence.toml", config),
        (
            "pyproject.toml",
            "[project]\nname = \"shop\"\n[project.scripts]\nshop = \"shop.run:main\"\ngone = \"shop.gone:main\"\n",
        ),
        ("shop/__init__.py", ""),
        ("shop/heavy.py", ""),
        (
            "shop/cli.py",
            "import shop.run\nfrom shop.run import main\n\n\nclass Shop:\n    pass\n\n\napp = Shop()\nshort = lambda: 1\n",
        ),
        ("shop/run.py", "def main():\n    pass\n"),
    ]);
    let answer = project.run(&["check"]);
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    let warnings: Vec<&str> = answer.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
    assert_eq!(
        warnings,
        [
            "warning: what the call of `shop.cli:app` and `shop.cli:short` runs is not known to `fast`, which looks at the import of \
             the module only",
            "warning: no module of the project has the script `shop.gone:main`, so `scripts` does not look at it",
        ]
    );
}
