//! Expressions for templates: of a kind, of names that are likely to be bound.

use crate::generate::expand::Body;
use crate::generate::layout::{MISSING, SUBMODULES};
use crate::generate::{Kind, Planned};

/// How an expression of some kind may be told, with what takes its place: `$i` an integer, and so on.
const INTS: &[(usize, &str)] = &[
    (14, "#"),
    (4, "($i + $i)"),
    (2, "len($t)"),
    (2, "(lambda: $i)()"),
    (2, "(lambda n: n + $i)(1)"),
    (2, "max($i, $i)"),
    (2, "($i if $b else $i)"),
    (2, "{\"k\": $i}[\"k\"]"),
    (1, "{\"k\": $i}.get(\"k\", 0)"),
    (1, "{\"k\": 1}.get(\"z\", $i)"),
    (2, "[n for n in (1, $i)][1]"),
    (1, "sum(n for n in (1, 2) if n > $i)"),
    (1, "next(iter(($i, 2)))"),
    (1, "next(iter(()), $i)"),
    (1, "int(\"3\")"),
    (1, "len(f\"{$j}\")"),
    (1, "dict(a=$i)[\"a\"]"),
    (1, "list(map(lambda n: n * 2, (1, 2)))[0]"),
    (1, "getattr(types.SimpleNamespace(n=$i), \"n\")"),
    (1, "(not $b) + 1"),
    (1, "len(sorted((3, $i)))"),
    (1, "functools.reduce(lambda n, m: n + m, (1, $i))"),
    (1, "eval(\"1 + 2\")"),
    (1, "next((n for n in (1, 2, 3) if n == 2))"),
];

const STRINGS: &[(usize, &str)] = &[
    (8, "\"text\""),
    (2, "f\"n{$j}\""),
    (2, "(\"a\" + $s)"),
    (1, "\"-\".join((\"a\", $s))"),
    (1, "str($i)"),
    (2, "__name__"),
    (1, "\"a.b\".rpartition(\".\")[2]"),
    (1, "\"%s-%d\" % (\"a\", 1)"),
    (1, "\"{}\".format($i)"),
    (1, "type($i).__name__"),
    (1, "os.path.basename(__file__)"),
];

const TUPLES: &[(usize, &str)] = &[
    (6, "(1, 2)"),
    (2, "[$i, $i]"),
    (1, "tuple(range(2))"),
    (1, "range(3)"),
    (1, "list((1, 2))"),
    (1, "{1: 2, 3: 4}"),
    (1, "sorted([2, 1])"),
    (1, "(*(1, 2), 3)"),
    (1, "[n for n in range(3) if n]"),
];

const CONDITIONS: &[(usize, &str)] = &[
    (4, "$i > 2"),
    (4, "True"),
    (2, "False"),
    (3, "\"$m\" in sys.modules"),
    (2, "\"$m\" not in sys.modules"),
    (2, "sys.version_info >= (3, 8)"),
    (1, "sys.version_info < (3, 12)"),
    (1, "sys.version_info[0] == 3"),
    (2, "__name__ == \"__main__\""),
    (3, "TYPE_CHECKING"),
    (2, "not TYPE_CHECKING"),
    (2, "isinstance($i, int)"),
    (1, "not $b"),
    (1, "$b and $b"),
    (1, "$b or $b"),
    (2, "len($t) == 2"),
    (2, "\"$u\" in globals()"),
    (1, "\"$u\" in vars()"),
    (1, "callable($e)"),
    (1, "$e is None"),
    (1, "$s == \"text\""),
    (1, "issubclass(KeyError, LookupError)"),
    (2, "__name__ == \"$m\""),
    (1, "__package__"),
    (1, "importlib.util.find_spec(\"$top\") is None"),
    (1, "sys.modules.get(\"$m\") is None"),
    (1, "hasattr(sys.modules.get(\"$m\"), \"$n\")"),
    (1, "hasattr(sys.modules[__name__], \"$u\")"),
    (1, "1 < $i < 4"),
    (1, "(1, 2) == (1, $i)"),
    (1, "any(n > 1 for n in $t)"),
    (1, "all($t)"),
    (1, "\"__path__\" in globals()"),
    (1, "__spec__ is None"),
];

const PLATFORM: &[&str] =
    &["sys.platform == \"linux\"", "os.environ.get(\"RINGFENCE_NOPE\")", "sys.argv", "os.name == \"posix\""];

const ANYTHING: &[(usize, &str)] = &[
    (3, "None"),
    (3, "$i"),
    (2, "$s"),
    (2, "$t"),
    (1, "{}"),
    (1, "object()"),
    (1, "($i, $s)"),
    (1, "(lambda: $i)"),
    (1, "print"),
    (1, "types.SimpleNamespace(a=$i)"),
    (1, "{\"a\": $i}"),
    (1, "functools.partial(max, $i)"),
];

const CLASSES: &[(usize, &str)] =
    &[(4, "object"), (1, "dict"), (1, "list"), (1, "abc.ABC"), (1, "type(\"Made\", (), {})")];

const ERRORS: &[(usize, &str)] = &[
    (5, "ImportError"),
    (3, "ModuleNotFoundError"),
    (3, "AttributeError"),
    (3, "Exception"),
    (1, "BaseException"),
    (2, "ValueError"),
    (1, "KeyError"),
    (2, "(ImportError, AttributeError)"),
    (1, "(NameError, TypeError)"),
    (1, "LookupError"),
    (1, "NameError"),
    (1, "(KeyError, (ValueError, ImportError))"),
    (1, "ArithmeticError"),
    (1, "StopIteration"),
];

/// What raises: the statement, and nothing after it.
const RAISES: &[(usize, &str)] = &[
    (3, "import $missing"),
    (3, "from $m import nope"),
    (1, "from $missing import one"),
    (2, "from os import nope"),
    (1, "import os.nope"),
    (1, "from .......... import one"),
    (1, "importlib.import_module(\"$missing\")"),
    (1, "__import__(\"$missing\")"),
    (1, "importlib.import_module(\".nope\", __package__)"),
    (3, "raise ImportError(\"no\")"),
    (2, "raise ModuleNotFoundError"),
    (2, "raise ValueError(\"bad\")"),
    (2, "raise AttributeError"),
    (1, "raise ImportError(\"no\", name=\"nope\") from KeyError()"),
    (1, "raise type(\"Own\", (ImportError,), {})(\"own\")"),
    (2, "1 / 0"),
    (2, "{}[\"k\"]"),
    (1, "[][0]"),
    (2, "int(\"x\")"),
    (1, "next(iter(()))"),
    (1, "a, b = 1, 2, 3"),
    (1, "a, *b, c = (1,)"),
    (1, "(lambda n: n)()"),
    (1, "len(1, 2)"),
    (1, "len(3)"),
    (2, "unknown_name"),
    (1, "None.attribute"),
    (1, "os.nope"),
    (1, "\"a\" + 1"),
    (1, "assert $i > 9, \"small\""),
    (1, "assert not True"),
    (1, "sys.exit()"),
    (1, "raise SystemExit(1)"),
    (1, "sys.modules[\"$missing\"]"),
    (1, "exec(\"raise KeyError('k')\")"),
    (1, "eval(\"1 +\")"),
    (1, "getattr(sys, \"nope\")"),
    (1, "None()"),
    (1, "object().x = 1"),
    (1, "del unbound"),
    (1, "globals()[\"nope\"]"),
    (1, "class Bad(1): pass"),
    (1, "class Final(bool): pass"),
    (1, "[].remove(1)"),
    (1, "(1, 2).index(3)"),
    (1, "float(\"x\")"),
    (1, "\"a\".nope()"),
    (1, "raise 1"),
    (1, "raise NotImplementedError"),
    (1, "importlib.reload(1)"),
    (1, "os.environ[\"RINGFENCE_NOPE\"]"),
];

impl Body<'_> {
    pub(crate) fn integer(&mut self) -> String {
        if self.deep() {
            return self.random.below(5).to_string();
        }
        if self.random.chance(45)
            && let Some(found) = self.use_of(Kind::Int)
        {
            return found;
        }
        let template = self.random.weighted(INTS, |(weight, _)| *weight).1;
        if template == "#" { self.random.below(5).to_string() } else { self.inner(template) }
    }

    pub(crate) fn string(&mut self) -> String {
        if self.random.chance(35)
            && let Some(found) = self.use_of(Kind::Str)
        {
            return found;
        }
        self.chosen(STRINGS, "\"text\"")
    }

    pub(crate) fn tuple(&mut self) -> String {
        if self.random.chance(35)
            && let Some(found) = self.use_of(Kind::Tuple)
        {
            return found;
        }
        self.chosen(TUPLES, "(1, 2)")
    }

    pub(crate) fn condition(&mut self) -> String {
        if !self.deep() && self.random.below(400) == 0 {
            return (*self.random.pick(PLATFORM)).to_string();
        }
        self.chosen(CONDITIONS, "True")
    }

    pub(crate) fn anything(&mut self) -> String {
        if self.random.chance(60) {
            let kinds = [Kind::Int, Kind::Str, Kind::Tuple, Kind::Dict, Kind::Class, Kind::Fn, Kind::Any];
            let kind = *self.random.pick(&kinds);
            if let Some(found) = self.use_of(kind) {
                return found;
            }
        }
        self.chosen(ANYTHING, "None")
    }

    pub(crate) fn class(&mut self) -> String {
        if self.random.chance(70)
            && let Some(found) = self.named(Kind::Class)
        {
            return found;
        }
        self.chosen(CLASSES, "object")
    }

    pub(crate) fn error(&mut self) -> String {
        if self.random.chance(20)
            && let Some(found) = self.named(Kind::Error)
        {
            return found;
        }
        self.chosen(ERRORS, "Exception")
    }

    pub(crate) fn raising(&mut self) -> String {
        if self.random.chance(10)
            && let Some(found) = self.named(Kind::Error)
        {
            return format!("raise {found}(\"own\")");
        }
        self.chosen(RAISES, "1 / 0")
    }

    fn chosen(&mut self, of: &[(usize, &'static str)], shallow: &str) -> String {
        if self.deep() {
            return shallow.to_string();
        }
        let template = self.random.weighted(of, |(weight, _)| *weight).1;
        self.inner(template)
    }

    /// A value of the kind that a name leads to: the name, an attribute, or what a call returns.
    fn use_of(&mut self, kind: Kind) -> Option<String> {
        if kind == Kind::Int && self.random.chance(35) {
            return Some(match self.random.below(4) {
                0 => format!("{}()", self.named(Kind::Fn)?),
                1 => format!("{}({})", self.named(Kind::Fn1)?, self.random.below(4)),
                2 => format!("sum({}())", self.named(Kind::Generator)?),
                _ => format!("len({})", self.named(Kind::Dict)?),
            });
        }
        if kind == Kind::Class && self.random.chance(50) {
            return Some(format!("{}()", self.named(Kind::Class)?));
        }
        self.named(kind)
    }

    /// A name of the kind in scope, or an attribute of a module that is in scope.
    pub(crate) fn named(&mut self, kind: Kind) -> Option<String> {
        let called = !matches!(
            kind,
            Kind::Any | Kind::Int | Kind::Str | Kind::Tuple | Kind::Dict | Kind::Module(_) | Kind::Error
        );
        let limit = self.rank;
        let fits = |found: Kind, rank: usize| found == kind && (!called || rank < limit);
        let mut found: Vec<String> = Vec::new();
        for (name, bound, rank) in &self.scope {
            if fits(*bound, *rank) {
                found.push(name.clone());
            }
        }
        // Attributes of modules, which may be in the middle.
        if found.is_empty() || self.random.chance(25) {
            for (name, bound, _) in &self.scope {
                let Kind::Module(index) = bound else { continue };
                let plan =
                    self.modules[*index].plan.iter().filter(|planned| fits(planned.kind, planned.rank));
                found.extend(plan.map(|planned| format!("{name}.{}", planned.name)));
            }
        }
        (!found.is_empty()).then(|| self.random.pick(&found).clone())
    }

    /// The name of a module, now and then of one that is not there.
    pub(crate) fn module(&mut self) -> usize {
        let index = self.random.below(self.modules.len());
        let later = self.modules.len() - self.current - 1;
        if index <= self.current && later > 0 && self.random.chance(self.care.order) {
            return self.current + 1 + self.random.below(later);
        }
        // Itself not often.
        if index == self.current && self.random.chance(70) {
            return self.random.below(self.modules.len());
        }
        index
    }

    pub(crate) fn missing(&mut self) -> String {
        (*self.random.pick(MISSING)).to_string()
    }

    /// A name to take from a module, and what it is.
    pub(crate) fn name_of(&mut self, module: usize) -> (String, Kind, usize) {
        let below: Vec<usize> = self.below(module);
        if !below.is_empty() && self.random.chance(40) {
            let index = *self.random.pick(&below);
            return (self.last_name(index).to_string(), Kind::Module(index), 0);
        }
        let plan: &[Planned] = &self.modules[module].plan;
        if plan.is_empty() || self.random.chance(2) {
            let name = if self.random.chance(40) { "__name__" } else { self.random.pick(SUBMODULES) };
            return (name.to_string(), Kind::Any, 0);
        }
        let planned = self.random.pick(plan).clone();
        (planned.name.to_string(), planned.kind, planned.rank)
    }

    /// The modules right below one.
    pub(crate) fn below(&self, module: usize) -> Vec<usize> {
        let parent = self.modules[module].name.as_str();
        let all = self.modules.iter().enumerate();
        let below =
            all.filter(|(_, other)| other.name.rsplit_once('.').is_some_and(|(above, _)| above == parent));
        below.map(|(index, _)| index).collect()
    }

    pub(crate) fn last_name(&self, module: usize) -> &str {
        let name = &self.modules[module].name;
        name.rsplit_once('.').map_or(name.as_str(), |(_, last)| last)
    }

    /// How a `from` names a module: absolutely, or from the package of the current one on.
    pub(crate) fn origin(&mut self, module: usize) -> String {
        let name = self.modules[module].name.clone();
        let here = &self.modules[self.current];
        let package = if here.is_package() { here.name.as_str() } else { parent(&here.name) };
        if package.is_empty() || self.random.chance(40) {
            return name;
        }
        let mut dots = String::from(".");
        let mut above = package;
        loop {
            if name == above {
                return dots;
            }
            if let Some(rest) = name.strip_prefix(above).and_then(|rest| rest.strip_prefix('.')) {
                return format!("{dots}{rest}");
            }
            above = parent(above);
            dots.push('.');
            if above.is_empty() {
                return name;
            }
        }
    }

    /// A module's name as code computes it.
    pub(crate) fn spelled(&mut self, module: usize) -> String {
        let name = self.modules[module].name.clone();
        let (above, last) = name.rsplit_once('.').map_or(("", name.as_str()), |(above, last)| (above, last));
        match self.random.below(9) {
            0 if !above.is_empty() => format!("\"{above}\" + \".{last}\""),
            1 if !above.is_empty() => format!("f\"{above}.{{'{last}'}}\""),
            2 if !above.is_empty() => format!("\".\".join((\"{above}\", \"{last}\"))"),
            3 if !above.is_empty() => format!("\"{above}.%s\" % \"{last}\""),
            4 => format!("\"{}\".lower()", name.to_uppercase()),
            5 if !above.is_empty() => format!("\"{{}}.{{}}\".format(\"{above}\", \"{last}\")"),
            6 => format!("{{\"k\": \"{name}\"}}[\"k\"]"),
            _ => format!("\"{name}\""),
        }
    }
}

fn parent(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(above, _)| above)
}
