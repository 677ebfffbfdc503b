//! Sources and projects to measure on, the same on every machine.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use ringfence_project::{ConfigFile, Session, SessionOptions};
use tempfile::TempDir;

/// How many packages a project has.
pub(crate) const PACKAGES: usize = 60;
/// How many modules a package has.
pub(crate) const MODULES: usize = 30;

const BODY: &str = r#"

class Record{n}(Base):
    """One row as it comes from the store.

    Fields that are not set are left out when it is written.
    """

    __slots__ = ("identifier", "label", "amount")  # the order matters

    def __init__(self, identifier, label=None, *, amount=0):
        self.identifier = identifier
        self.label = label or f"record-{identifier:08d}"
        self.amount = amount

    def merge(self, other: "Record{n}") -> "Record{n}":
        if other.identifier != self.identifier:
            raise ValueError(f"cannot merge {self.identifier!r} with {other.identifier!r}")
        return Record{n}(self.identifier, other.label or self.label, amount=self.amount + other.amount)


def load_{n}(path, *, encoding="utf-8", strict=True):
    found = {}
    with open(path, encoding=encoding) as lines:
        for number, line in enumerate(lines, start=1):
            key, separator, value = line.partition("=")
            if not separator and strict:
                raise SyntaxError("line %d: expected 'key=value', got %r" % (number, line))
            try:
                found[key.rstrip()] = int(value)
            except ValueError:
                found[key.rstrip()] = value.lstrip().strip("\"'")
    return found
"#;

/// A generator of numbers that is the same everywhere (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % limit as u64).unwrap()
    }
}

/// A module of this many bodies that imports 12 times; with `late`, once more at the end, so that all of it is read.
pub(crate) fn module(package: usize, bodies: usize, late: bool, seed: u64) -> String {
    let mut numbers = Numbers(seed);
    let mut text = String::from("\"\"\"A module.\"\"\"\n\nimport json\nimport os.path\nimport numpy as np\n");
    text.push_str("from typing import TYPE_CHECKING, Any, Iterable\n");
    for _ in 0..4 {
        writeln!(text, "from .m{} import Record0", numbers.below(MODULES)).unwrap();
    }
    for form in 0..4 {
        let (other, module) = (numbers.below(PACKAGES), numbers.below(MODULES));
        match form {
            0 => writeln!(text, "import p{other}.m{module}"),
            1 => writeln!(
                text,
                "from p{other} import m{module}  # ringfence: ignore[RF101] until it has moved"
            ),
            2 => writeln!(text, "from p{other}.m{module} import (\n    Record0,\n    load_0 as load,\n)"),
            _ => writeln!(text, "if TYPE_CHECKING:\n    from p{other}.m{module} import Record0"),
        }
        .unwrap();
    }
    for number in 0..bodies {
        text.push_str(&BODY.replace("{n}", &number.to_string()));
    }
    if late {
        writeln!(text, "\n\ndef late():\n    from p{package}.m0 import Record0\n    return Record0").unwrap();
    }
    text
}

/// What the modules of a generated project have in the config.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// `depends-on` with every second package, `forbids` with one; every third package is `visible-to` some.
    Dependencies,
    /// `exposes` with twenty names.
    Interfaces,
    /// Six layers.
    Layers,
    /// An empty `depends-on`, so that every import from one package to another is a finding.
    Nothing,
}

/// A project of [`PACKAGES`] packages, read.
pub(crate) struct Project {
    pub(crate) session: Session,
    /// Goes away with it.
    _folder: TempDir,
}

impl Project {
    pub(crate) fn new(rules: Rules) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::write(root.join("ringfence.toml"), config(rules)).unwrap();
        for package in 0..PACKAGES {
            write_package(&root.join(format!("p{package}")), package);
        }
        let options = SessionOptions {
            root: root.to_path_buf(),
            config: Some(ConfigFile::named(root.join("ringfence.toml"))),
            threads: 1,
            ..SessionOptions::default()
        };
        let session = Session::open(options, &|_| {}).unwrap();
        assert_eq!(session.problems(), []);
        Self { session, _folder: folder }
    }
}

/// The one project of these rules.
pub(crate) fn project(rules: Rules) -> &'static Project {
    static DEPENDENCIES: LazyLock<Project> = LazyLock::new(|| Project::new(Rules::Dependencies));
    static INTERFACES: LazyLock<Project> = LazyLock::new(|| Project::new(Rules::Interfaces));
    static LAYERS: LazyLock<Project> = LazyLock::new(|| Project::new(Rules::Layers));
    static NOTHING: LazyLock<Project> = LazyLock::new(|| Project::new(Rules::Nothing));
    match rules {
        Rules::Dependencies => &DEPENDENCIES,
        Rules::Interfaces => &INTERFACES,
        Rules::Layers => &LAYERS,
        Rules::Nothing => &NOTHING,
    }
}

fn write_package(folder: &Path, package: usize) {
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("__init__.py"), "").unwrap();
    for number in 0..MODULES {
        let text = module(package, 1, number % 4 == 0, (package * MODULES + number) as u64);
        fs::write(folder.join(format!("m{number}.py")), text).unwrap();
    }
}

fn config(rules: Rules) -> String {
    let mut text = String::from("source-roots = ['.']\n");
    if rules == Rules::Layers {
        text.push_str("layers = ['l0', 'l1', { name = 'l2', closed = true }, 'l3', 'l4', 'l5']\n");
    }
    for package in 0..PACKAGES {
        writeln!(text, "[modules.p{package}]").unwrap();
        match rules {
            // Even packages depend on even ones, and odd ones on odd ones.
            Rules::Dependencies => {
                let others = (0..PACKAGES).filter(|other| *other != package && other % 2 == package % 2);
                let list: Vec<String> = others.map(|other| format!("'p{other}'")).collect();
                let list = list.join(", ");
                writeln!(text, "depends-on = [{list}]\nforbids = ['p{}']", (package + 1) % PACKAGES).unwrap();
                if package % 3 == 0 {
                    writeln!(text, "visible-to = [{list}]").unwrap();
                }
            }
            Rules::Interfaces => {
                let list: Vec<String> = (0..20).map(|name| format!("'m{name}.Record*'")).collect();
                writeln!(text, "exposes = [{}]", list.join(", ")).unwrap();
            }
            Rules::Layers => writeln!(text, "layer = 'l{}'", package % 6).unwrap(),
            Rules::Nothing => writeln!(text, "depends-on = []").unwrap(),
        }
    }
    text
}
