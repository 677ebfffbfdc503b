//! Generated programs that do what a proof must not overlook: change themselves and others, fail while they are loaded,
//! compute `__all__`, tell the order of what they do, and read what is only there for readers.

use std::fmt::Write as _;

use crate::fixes::{Dice, Files, NAMES};

const MODULES: [&str; 6] = [
    "shop.billing",
    "shop.billing._core",
    "shop.billing._deep",
    "shop.orders",
    "shop.orders._core",
    "shop.web",
];

/// A program with something nasty in some of its modules.
pub(crate) fn made_nasty(dice: &mut Dice, program: fn(&mut Dice) -> Files) -> Files {
    let mut files = program(dice);
    let paths: Vec<String> =
        files.keys().filter(|path| path.strip_suffix(".py").is_some()).cloned().collect();
    for _ in 0..=dice.roll(2) {
        let path = paths[dice.roll(paths.len())].clone();
        let lines = nasty_lines(dice);
        let text = files.entry(path).or_default();
        if dice.once_in(3) {
            text.insert_str(0, &lines);
        } else {
            text.push_str(&lines);
        }
    }
    if dice.once_in(2) {
        files.insert("shop/state.py".to_string(), "KNOWN = []\ncount = 0\n".to_string());
        for path in paths.iter().filter(|path| path.starts_with("shop/")) {
            if dice.once_in(3) {
                let note = "from shop.state import KNOWN\nKNOWN.append(__name__)\nprint(len(KNOWN))\n";
                files.entry(path.clone()).or_default().push_str(note);
            }
        }
    }
    files
}

/// Lines that may change what a name is, or who goes on.
fn nasty_lines(dice: &mut Dice) -> String {
    let (name, other) = (dice.pick(&NAMES), dice.pick(&NAMES));
    let (module, user) =
        (dice.pick(&MODULES), dice.pick(&["shop.web", "shop.cli", "main", "shop.billing._deep"]));
    match dice.roll(35) {
        0 => format!("import {module} as it_\nit_.{name} = 'set'\n"),
        1 => format!("import {module}\n{module}.{name} = '{other}'\n"),
        2 => format!("import sys as system\nsystem.modules[__name__].{name} = 'set'\n"),
        3 => format!("from sys import modules as loaded\nloaded['{module}'] = loaded.get(__name__)\n"),
        4 => format!("setattr(__import__('{module}', fromlist=['x']), '{name}', 'set')\n"),
        5 => format!("space_ = globals\nspace_()['{name}'] = 2\n"),
        6 => format!("vars().update({name}='by vars')\n"),
        7 => format!("run_ = exec\nrun_('{name} = 3')\n"),
        8 => "raise ValueError('fails')\n".to_string(),
        9 => "if __name__.count('.') > 1: raise ImportError('fails')\n".to_string(),
        10 => format!("__all__ = ['{name}'] if __name__ else ['{other}']\n"),
        11 => format!("__all__ = ['{name}', '{other}']\ndel __all__[0]\n"),
        12 => format!("listed_ = __all__ = []\nlisted_.append('{name}')\n"),
        13 => format!("__all__ = []\ndef public_(it):\n    __all__.append(it)\npublic_('{name}')\n"),
        14 => format!("(__all__ := ['{name}'])\n"),
        15 => format!("if print is None:\n    __all__ = []\nelse:\n    __all__ = ['{name}']\n"),
        16 => {
            format!("try:\n    import {user}\nexcept Exception as error:\n    print(type(error).__name__)\n")
        }
        17 => format!("from contextlib import suppress\nwith suppress(Exception):\n    import {user}\n"),
        18 => format!(
            "class Quiet_:\n    def __enter__(self): pass\n    def __exit__(self, *e): return True\nwith Quiet_():\n    import {user}\n"
        ),
        19 => {
            format!("def load_():\n    try:\n        import {user}\n    finally:\n        return\nload_()\n")
        }
        20 => format!(
            "for module_ in ['{user}', '{module}']:\n    try:\n        __import__(module_)\n    except Exception:\n        print('failed')\n"
        ),
        21 => format!(
            "class Base_:\n    def __init_subclass__(cls):\n        import {user}\nclass Derived_(Base_): pass\n"
        ),
        22 => format!(
            "def decorate_(it):\n    global {name}\n    {name} = 'decorated'\n    return it\n@decorate_\ndef any_(): pass\n"
        ),
        23 => format!("import {module}\ntry:\n    del {module}.{name}\nexcept AttributeError:\n    pass\n"),
        24 => format!("import {module} as on_\nfor on_.{name} in ['looped']: pass\n"),
        25 => format!(
            "import functools, {module} as wrapped_\nclass Names_:\n    {name} = 'wrapped'\nfunctools.update_wrapper(wrapped_, Names_, (), ('__dict__',))\n"
        ),
        26 => format!(
            "from unittest import mock\nmock.patch('{module}.{name}', 'mocked', create=True).start()\n"
        ),
        27 => format!("import importlib\nload_ = importlib.import_module\nload_('{user}')\n"),
        28 => format!("[{name} := it for it in ('walrus',)]\n"),
        29 => format!("match 'matched':\n    case {name}: pass\n"),
        30 => format!(
            "import sys\nclass Other_:\n    {name} = 'other'\n    __path__ = []\nsys.modules[__name__] = Other_\n"
        ),
        31 => format!("import importlib, {module} as again_\nimportlib.reload(again_)\n"),
        32 => format!(
            "import {module} as listed_\nprint(sorted(name for name in dir(listed_) if name.startswith('{name}')))\n"
        ),
        33 => format!("from {module} import __all__ as theirs_\ntheirs_.append('{name}')\n"),
        _ => format!("print('here', __name__)\nfrom {module} import *\n"),
    }
}

/// A program with stars across boundaries, and imports that only annotations use.
pub(crate) fn program(dice: &mut Dice) -> Files {
    let mut files = Files::new();
    // A name for a star may be found to be for annotations only.
    let mut config = format!("select = [\"{}\"]\n", dice.pick(&["RF602", "RF603"]));
    for module in ["goods", "orders", "web", "cli"] {
        let _ = writeln!(config, "[modules.{module}]");
    }
    files.insert("ringfence.toml".to_string(), config);
    let goods = provider(dice, "goods");
    let orders = provider(dice, "orders");
    let is_package = dice.once_in(4);
    let (path, below) =
        if is_package { ("orders/__init__.py", "orders/extra.py") } else { ("orders.py", "extra.py") };
    files.insert("goods.py".to_string(), goods);
    files.insert(path.to_string(), orders);
    files.insert(below.to_string(), "began(__name__)\nVALUE = 1\n".to_string());
    for name in ["web", "cli"] {
        files.insert(format!("{name}.py"), consumer(dice, name));
    }
    files.insert("main.py".to_string(), reader(dice));
    files
}

fn provider(dice: &mut Dice, own: &str) -> String {
    let mut text = "began(__name__)\n".to_string();
    if dice.once_in(3) {
        text.push_str("print('loading', __name__)\n");
    }
    for name in NAMES {
        let _ = match dice.roll(8) {
            0..3 => writeln!(text, "def {name}(): return '{own}'"),
            3..6 => writeln!(text, "class {name}: where = '{own}'"),
            6 => writeln!(text, "{name} = '{own}'"),
            _ => Ok(()),
        };
    }
    let name = dice.pick(&NAMES);
    match dice.roll(24) {
        0..4 => _ = writeln!(text, "__all__ = ['{name}']"),
        4 => _ = writeln!(text, "__all__ = ['{name}']\n__all__ += ['{}']", dice.pick(&NAMES)),
        5 => _ = writeln!(text, "import goods as other_goods\nfrom goods import *"),
        6 => text.push_str(&nasty_lines(dice).replace("shop.", "").replace("_core", "core")),
        7 => _ = writeln!(text, "def __getattr__(name): return name"),
        8 => _ = writeln!(text, "def change_():\n    global {name}\n    {name} = 'changed'"),
        9 => {
            _ = writeln!(
                text,
                "class Meta_(type):\n    def __or__(cls, it):\n        print('or')\n        return cls"
            );
        }
        _ => {}
    }
    text
}

fn consumer(dice: &mut Dice, own: &str) -> String {
    let mut text = "began(__name__)\n".to_string();
    let mut used: Vec<&str> = Vec::new();
    for _ in 0..=dice.roll(3) {
        let module = dice.pick(&["goods", "orders"]);
        let (name, other) = (dice.pick(&NAMES), dice.pick(&NAMES));
        let _ = match dice.roll(8) {
            0 | 1 => writeln!(text, "from {module} import *"),
            2 => writeln!(text, "from {module} import {name}, {other}"),
            3 => writeln!(text, "from {module} import {name}\nfrom {module} import {other}"),
            4 => writeln!(text, "from {module} import {name}  # noqa: F401"),
            5 => writeln!(text, "from {module} import {name} as {name}"),
            6 => writeln!(text, "from {module} import {name}\nimport {module}"),
            _ => writeln!(text, "from {module} import {name}"),
        };
        used.push(name);
    }
    for (number, name) in used.iter().enumerate() {
        let _ = match dice.roll(12) {
            0..4 => writeln!(text, "def show{number}(it: {name}) -> 'list[{name}]': return it"),
            4 => writeln!(text, "class View{number}:\n    def show(self, it: {name}): return it"),
            5 => writeln!(text, "class View{number}:\n    it: {name}"),
            6 => writeln!(text, "def show{number}(it: {name} | None, more: int = 0): return it"),
            7 => writeln!(text, "value{number}: {name} = None"),
            8 => writeln!(text, "print(getattr({name}, '__name__', {name}))"),
            9 => writeln!(text, "def use{number}(): return {name}\nprint(use{number}())"),
            10 => writeln!(text, "def show{number}(it: (kind{number} := {name})): return it"),
            _ => writeln!(text, "def show{number}(it: print('annotated') or {name}): return it"),
        };
    }
    match dice.roll(10) {
        0..4 => _ = writeln!(text, "__all__ = ['show0']\ndef show0(*it): return it"),
        4 => _ = writeln!(text, "__all__ = ['{}', '{own}_value']\n{own}_value = 1", dice.pick(&NAMES)),
        5 => _ = writeln!(text, "print(sorted(name for name in globals() if name in {NAMES:?}))"),
        6 => _ = writeln!(text, "EXPORTED = {NAMES:?}"),
        _ => {}
    }
    text
}

/// A module that asks the others for what is not in their statements.
fn reader(dice: &mut Dice) -> String {
    let (module, name) = (dice.pick(&["web", "cli"]), dice.pick(&NAMES));
    let mut text = format!("began(__name__)\nimport {module}\n");
    let _ = match dice.roll(16) {
        0 => writeln!(text, "print(getattr({module}, '{name}', None) is None)"),
        1 => writeln!(text, "print(hasattr({module}, '{}' + '{}'))", &name[..1], &name[1..]),
        2 => writeln!(text, "from {module} import *\nprint('{name}' in globals())"),
        3 => writeln!(text, "try:\n    print({module}.{name})\nexcept AttributeError:\n    print('none')"),
        4 => writeln!(
            text,
            "import typing\nfor it in list(vars({module}).values()):\n    if getattr(it, '__annotations__', None) and callable(it):\n        \
             try:\n            print(sorted(typing.get_type_hints(it)))\n        except Exception as e:\n            print(type(e).__name__)"
        ),
        5 => writeln!(
            text,
            "import inspect\nfor it in list(vars({module}).values()):\n    if inspect.isfunction(it):\n        print(inspect.signature(it))"
        ),
        6 => writeln!(text, "print('{name}' in dir({module}))"),
        7 => writeln!(text, "print(getattr({module}, '__annotations__', None))"),
        8 => writeln!(text, "import goods\ngoods.{name} = 'set'\nimport cli"),
        9 => writeln!(
            text,
            "print({module}.show0.__globals__.get('{name}') is None if hasattr({module}, 'show0') else '')"
        ),
        10 => writeln!(
            text,
            "import pickle\ntry:\n    pickle.loads(b'c{module}\\n{name}\\n.')\n    print('found')\nexcept Exception:\n    print('lost')"
        ),
        _ => Ok(()),
    };
    text
}
