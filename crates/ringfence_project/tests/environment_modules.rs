//! What lies under a name in an environment, against what CPython's own finders say of the same folders.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ringfence_project::environment_modules::{EnvironmentModules, Located};
use tempfile::TempDir;

fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// A folder of packages of Python 3.11 with these files, whose texts have the folder of all for `{root}`.
fn environment(files: &[(&str, &str)]) -> (TempDir, EnvironmentModules) {
    let root = TempDir::new().unwrap();
    let site = root.path().join("lib/python3.11/site-packages");
    fs::create_dir_all(&site).unwrap();
    let here = root.path().to_str().unwrap().to_string();
    for (path, text) in files {
        write(&site, &[(path, &text.replace("{root}", &here))]);
    }
    let modules = EnvironmentModules::new(&[site]);
    (root, modules)
}

/// `package lib/x/__init__.py`, with the path from the folder of packages on.
fn told(modules: &EnvironmentModules, name: &str) -> String {
    match modules.find(name) {
        Located::Source { source, is_package } => {
            let path = modules.path(source).unwrap();
            let path = path
                .components()
                .rev()
                .take(2)
                .map(|it| it.as_os_str().to_str().unwrap())
                .collect::<Vec<_>>();
            format!("{} {}/{}", if is_package { "package" } else { "module" }, path[1], path[0])
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn a_package_comes_before_a_module_and_an_extension_before_code() {
    let (_root, modules) = environment(&[
        ("both/__init__.py", ""),
        ("both.py", ""),
        ("space/inner.py", ""),
        ("space.py", ""),
        ("fast.py", ""),
        ("fast.cpython-311-x86_64-linux-gnu.so", ""),
        ("slow.py", ""),
        ("slow.cpython-312-x86_64-linux-gnu.so", ""),
        ("stable.abi3.so", ""),
        ("bare.pyc", ""),
        ("compiled/__init__.cpython-311-x86_64-linux-gnu.so", ""),
        ("name_space/Deep/leaf.py", ""),
        ("single-1.0.dist-info/METADATA", "Name: single\n"),
    ]);
    assert_eq!(modules.minor(), Some(11));
    for (name, expected) in [
        ("both", "package both/__init__.py"),
        ("space", "module site-packages/space.py"),
        ("space.inner", "Absent"),
        ("fast", "Compiled { is_package: false }"),
        ("slow", "module site-packages/slow.py"),
        ("stable", "Compiled { is_package: false }"),
        ("bare", "Compiled { is_package: false }"),
        ("compiled", "Compiled { is_package: true }"),
        ("compiled.more", "Unknown"),
        ("name_space", "Namespace"),
        ("name_space.Deep", "Namespace"),
        ("name_space.deep", "Absent"),
        ("name_space.Deep.leaf", "module Deep/leaf.py"),
        ("name_space.Deep.leaf.none", "Absent"),
        ("single-1", "Absent"),
        ("", "Absent"),
        ("both..x", "Absent"),
        (".both", "Absent"),
    ] {
        assert_eq!(told(&modules, name), expected, "{name}");
        assert_eq!(told(&modules, name), expected, "{name}, asked again");
    }
    assert_eq!(modules.find(&"both.".repeat(100_000)), Located::Absent);
}

#[test]
fn path_files_add_folders_and_parts_of_namespaces() {
    let (root, modules) = environment(&[
        ("shared/one.py", ""),
        ("../../../src/shared/two.py", ""),
        ("../../../src/edited/__init__.py", "edited = 1\n"),
        ("../../../src/ringed.py", ""),
        ("ringed/__init__.py", ""),
        ("../../../other/late.py", ""),
        ("__editable__.edited-1.0.pth", "# where it is developed\n\n{root}/src\n{root}/missing\n"),
        ("b.pth", "../../../other \n"),
        (".hidden.pth", "import hidden\n"),
        ("distutils-precedence.pth", "import os; __import__('_distutils_hack')\n"),
        ("google-nspkg.pth", "import sys, types\n"),
    ]);
    for (name, expected) in [
        ("shared", "Namespace"),
        ("shared.one", "module shared/one.py"),
        ("shared.two", "module shared/two.py"),
        ("shared.three", "Absent"),
        ("edited", "package edited/__init__.py"),
        ("ringed", "package ringed/__init__.py"),
        ("late", "module other/late.py"),
        ("distutils", "Unknown"),
        ("nothing", "Absent"),
    ] {
        assert_eq!(told(&modules, name), expected, "{name}");
    }
    let Located::Source { source, .. } = modules.find("edited") else { panic!("not found") };
    assert_eq!(modules.text(source), Some("edited = 1\n"));
    assert_eq!(modules.path(source), Some(&*root.path().join("src/edited/__init__.py")));
    assert_eq!(modules.children("shared"), ["one", "two"]);
}

#[test]
fn what_code_of_a_path_file_adds_is_unknown_save_the_mapping_of_an_editable_install() {
    let finder = "from __future__ import annotations\n\
        MAPPING: dict[str, str] = {'shop': '{root}/code/shop', 'tool': '{root}/code/tool', 'a.b': '{root}/code/b'}\n\
        NAMESPACES: dict[str, list[str]] = {}\nPATH_PLACEHOLDER = 'x'\n";
    let (_root, modules) = environment(&[
        ("../../../code/shop/__init__.py", ""),
        ("../../../code/shop/till.py", ""),
        ("../../../code/tool.py", ""),
        (
            "__editable__.shop-1.0.pth",
            "import __editable___shop_1_0_finder; __editable___shop_1_0_finder.install()",
        ),
        ("__editable___shop_1_0_finder.py", finder),
    ]);
    for (name, expected) in [
        ("shop", "package shop/__init__.py"),
        ("shop.till", "module shop/till.py"),
        ("shop.none", "Absent"),
        ("tool", "module code/tool.py"),
        ("a", "Unknown"),
        ("none", "Absent"),
    ] {
        assert_eq!(told(&modules, name), expected, "{name}");
    }
    for line in ["import anything", "import __editable___gone_finder; x()", "import\tx"] {
        let (_root, modules) =
            environment(&[("x.pth", line), ("real/__init__.py", ""), ("name_space/x.py", "")]);
        assert_eq!(told(&modules, "real"), "package real/__init__.py");
        assert_eq!(told(&modules, "real.none"), "Absent");
        assert_eq!(told(&modules, "none"), "Unknown", "{line}");
        assert_eq!(told(&modules, "name_space.none"), "Unknown", "{line}");
    }
}

#[test]
fn a_package_that_changes_its_path_may_have_more() {
    for (text, expected) in [
        ("__path__ = __import__('pkgutil').extend_path(__path__, __name__)", "Unknown"),
        ("__path__.append('x')", "Unknown"),
        ("globals()['__path__'] = []", "Unknown"),
        ("import pkgutil\nlist(pkgutil.iter_modules(__path__))", "Absent"),
        ("if __path__ == []: pass", "Absent"),
        ("", "Absent"),
    ] {
        let (_root, modules) = environment(&[("p/__init__.py", text), ("p/own.py", "")]);
        assert_eq!(told(&modules, "p.more"), expected, "{text}");
        assert_eq!(told(&modules, "p.own"), "module p/own.py");
    }
}

#[test]
fn texts_are_decoded_as_python_does() {
    let (root, modules) = environment(&[("broken.py", "")]);
    let site = root.path().join("lib/python3.11/site-packages");
    fs::write(site.join("marked.py"), b"\xef\xbb\xbfx = 1\n").unwrap();
    fs::write(site.join("latin.py"), b"# coding: latin-1\nx = '\xe9'\n").unwrap();
    fs::write(site.join("broken.py"), b"x = '\xe9'\n").unwrap();
    for (name, expected) in
        [("marked", Some("x = 1\n")), ("latin", Some("# coding: latin-1\nx = 'é'\n")), ("broken", None)]
    {
        let Located::Source { source, .. } = modules.find(name) else { panic!("{name}") };
        assert_eq!(modules.text(source), expected, "{name}");
    }
}

/// Tells of each name what its finders find, without importing more than the names above it.
const PYTHON: &str = r"
import importlib.util, importlib.machinery, pkgutil, sys
for name in sys.argv[1:]:
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        print(name, 'absent')
    elif isinstance(spec.loader, importlib.machinery.SourceFileLoader):
        print(name, 'package' if spec.submodule_search_locations else 'module', spec.origin)
    elif spec.origin is None:
        print(name, 'namespace')
    else:
        print(name, 'compiled')
    if spec is not None and spec.submodule_search_locations:
        print('below', *sorted({it.name for it in pkgutil.iter_modules(spec.submodule_search_locations)}))
";

#[test]
fn cpython_finds_the_same_in_a_virtual_environment() {
    let root = TempDir::new().unwrap();
    let venv = root.path().join("venv");
    let made = Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(&venv).status().unwrap();
    assert!(made.success());
    let python = ["bin/python", "Scripts/python.exe"].map(|path| venv.join(path));
    let python = python.iter().find(|path| path.exists()).expect("an interpreter");
    let output = |arguments: &[&str]| {
        let output = Command::new(python).args(arguments).current_dir(root.path()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n")
    };
    let asked = output(&[
        "-c",
        "import sysconfig, sys, os; print(sysconfig.get_path('purelib'), sys.version_info[1], os.path.dirname(os.__file__), \
         sysconfig.get_config_var('EXT_SUFFIX'), sep='\\n')",
    ]);
    let mut asked = asked.lines();
    let site = PathBuf::from(asked.next().unwrap());
    let minor: u8 = asked.next().unwrap().parse().unwrap();
    let library = PathBuf::from(asked.next().unwrap());
    let extension = asked.next().unwrap();
    write(
        &site,
        &[
            ("pack/__init__.py", ""),
            ("pack/inner/__init__.py", ""),
            ("pack/inner/deep.py", ""),
            ("pack/plain.py", ""),
            ("pack/folder/x.py", ""),
            ("pack.py", ""),
            ("spread/left.py", ""),
            ("spread/both.py", ""),
            ("module.py", ""),
            ("module/x.py", ""),
            ("Case.py", ""),
            ("bare.pyc", ""),
            (&format!("native{extension}"), ""),
            ("native.py", ""),
            ("other.cpython-36m-x86_64-linux-gnu.so", ""),
            ("more.pth", "../more\nnowhere\n# import x\n"),
            ("../more/spread/right.py", ""),
            ("../more/spread/both.py", ""),
            ("../more/pack/__init__.py", ""),
            ("../more/added.py", ""),
        ],
    );
    let modules = EnvironmentModules::new(&[site]);
    assert_eq!(modules.minor(), Some(minor));
    let canonical = |path: &Path| fs::canonicalize(path).unwrap();
    assert_eq!(modules.library().map(canonical), Some(canonical(&library)));
    let names = [
        "pack",
        "pack.inner",
        "pack.inner.deep",
        "pack.plain",
        "pack.folder",
        "pack.folder.x",
        "pack.none",
        "spread",
        "spread.left",
        "spread.right",
        "spread.both",
        "spread.none",
        "module",
        "module.x",
        "Case",
        "case",
        "bare",
        "native",
        "other",
        "added",
        "none",
        "none.x",
    ];
    let mut ours = String::new();
    for name in names {
        let located = modules.find(name);
        ours += &match located {
            Located::Source { source, is_package } => {
                let kind = if is_package { "package" } else { "module" };
                format!("{name} {kind} {}\n", modules.path(source).unwrap().display())
            }
            Located::Namespace => format!("{name} namespace\n"),
            Located::Compiled { .. } => format!("{name} compiled\n"),
            Located::Absent => format!("{name} absent\n"),
            Located::Unknown => format!("{name} unknown\n"),
        };
        if matches!(located, Located::Namespace | Located::Source { is_package: true, .. }) {
            let below = modules.children(name);
            ours += &std::iter::once("below".to_string()).chain(below).collect::<Vec<_>>().join(" ");
            ours += "\n";
        }
    }
    // Parts of a path that lead up stay in ours.
    let ours = ours.replace("site-packages/../more", "more");
    assert_eq!(ours, output(&[&["-c", PYTHON], &names[..]].concat()));
    for (name, is_there) in [
        ("json", true),
        ("json.decoder", true),
        ("xml.etree.ElementTree", true),
        ("json.none", false),
        ("winreg", false),
        ("requests", false),
    ] {
        assert_eq!(modules.find_in_library(name) != Located::Absent, is_there, "{name}");
    }
    assert_eq!(modules.find_in_library("os.path"), Located::Absent);
}
