//! Fixes of the forms of imports, on programs with comments, blanks, semicolons and continued lines in odd places: no
//! comment is lost, no file is broken, no name is bound no more, and a second run changes nothing.
//!
//! `PROPTEST_CASES` says how many programs; they are the same in every run.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::any;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use ringfence_project::fix::{FixOptions, fix};
use ringfence_project::{CheckOptions, ConfigFile, ConfigKind, Session, SessionOptions};
use ringfence_source::{FileFacts, SourceKind, parse};
use ruff_diagnostics::Applicability;

const CASES: u32 = 300;

/// Numbers that decide, one after the other; zeros once they are used up.
struct Choices<'a> {
    numbers: &'a [u16],
    comments: usize,
}

impl Choices<'_> {
    fn below(&mut self, end: usize) -> usize {
        let Some((first, rest)) = self.numbers.split_first() else { return 0 };
        self.numbers = rest;
        usize::from(*first) % end
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 1
    }

    fn of<'t>(&mut self, texts: &[&'t str]) -> &'t str {
        texts[self.below(texts.len())]
    }

    /// A comment that no other place has.
    fn comment(&mut self) -> String {
        self.comments += 1;
        let number = self.comments;
        let (lead, rest) = (self.of(&["", " "]), self.of(&["", "(", "\"", " import x, y"]));
        format!("#{lead}c{number};'{rest}")
    }

    /// What may stand between two words.
    fn gap(&mut self) -> &'static str {
        match self.below(12) {
            1 => "  ",
            2 => "\t",
            3 => " \\\n    ",
            4 => " \\\n",
            _ => " ",
        }
    }

    /// What may stand around a comma between parentheses.
    fn gap_in_parentheses(&mut self) -> String {
        match self.below(6) {
            1 => "\n    ".to_string(),
            2 => format!("  {}\n    ", self.comment()),
            3 => format!("\n    {}\n    ", self.comment()),
            4 => String::new(),
            _ => " ".to_string(),
        }
    }

    fn names(&mut self, pool: &[&str]) -> String {
        let parentheses = self.one_in(2);
        let mut names = String::new();
        let count = 1 + self.below(3);
        for number in 0..count {
            let name = self.of(pool);
            if number > 0 {
                names.push(',');
                names += &if parentheses { self.gap_in_parentheses() } else { self.gap().to_string() };
            }
            names += name;
            if self.one_in(4) {
                names += &[self.gap(), "as", self.gap(), self.of(&["a", "b", "c", name])].concat();
            }
        }
        if !parentheses {
            return names;
        }
        let comma = self.of(&["", ","]);
        [
            "(",
            &self.gap_in_parentheses(),
            &names,
            &self.gap_in_parentheses(),
            comma,
            &self.gap_in_parentheses(),
            ")",
        ]
        .concat()
    }

    fn import(&mut self, from: &[&str], pool: &[&str]) -> String {
        let module = self.of(from);
        if !module.starts_with('.') && self.one_in(6) {
            let alias = self.of(&["", " as m", " as n"]);
            return ["import", self.gap(), module, alias].concat();
        }
        let names = if self.one_in(8) { "*".to_string() } else { self.names(pool) };
        let lead = if module.starts_with('.') { self.of(&["", " "]) } else { self.gap() };
        ["from", lead, module, self.gap(), "import", self.gap(), &names].concat()
    }

    /// The end of a statement: a line end, with a comment or not, or a semicolon.
    fn end(&mut self) -> String {
        match self.below(8) {
            1 => "; ".to_string(),
            2 => " ; x = 1\n".to_string(),
            3 => format!("  {}\n", self.comment()),
            4 => format!("\n{}\n", self.comment()),
            5 => "\n\n".to_string(),
            _ => "\n".to_string(),
        }
    }

    fn function(&mut self) -> String {
        let types = [
            "Order",
            "Line",
            "a",
            "\"Order\"",
            "b | None",
            "list[c]",
            "m.Order",
            "dict[Order, Line]",
            "'list[a]'",
        ];
        let decorator = self.of(&["", "", "", "@staticmethod\n", "@unknown\n", "@dataclass\n"]);
        let (one, two, result) = (self.of(&types), self.of(&types), self.of(&types));
        let value = self.of(&["1", "Order", "place()", "m.place", "shop.orders.place()"]);
        let comment = self.comment();
        match self.below(3) {
            0 => {
                format!("{decorator}def f(x: {one}, *y: {two}) -> {result}: {comment}\n    return {value}\n")
            }
            1 => format!(
                "{decorator}class C:\n    x: {one}  {comment}\n    def f(self, y: {two}): return {value}\n"
            ),
            _ => format!(
                "def f(x: {one}):\n    \"\"\"Doc.\"\"\"\n    {comment}\n    return {value}\nkept: {two}\n"
            ),
        }
    }

    /// A module of the package `shop.web`, or of `shop.orders` itself.
    fn module(&mut self, from: &[&str]) -> String {
        let pool = ["Order", "Line", "place", "LIMIT", "models"];
        let mut text = String::new();
        text += self.of(&["", "#!/usr/bin/env python\n", "\n", "# head\n"]);
        text += self.of(&["", "\"\"\"Doc.\"\"\"\n", "\"\"\"Doc.\"\"\"; ", "'''Doc\nof lines.'''\n"]);
        text +=
            self.of(&["", "", "from __future__ import annotations\n", "from __future__ import division\n"]);
        text +=
            self.of(&["", "from typing import TYPE_CHECKING\n", "import typing\n", "import typing as t\n"]);
        for _ in 0..=self.below(4) {
            text += &self.import(from, &pool);
            text += &self.end();
        }
        if text.ends_with("; ") {
            text += "y = 1\n";
        }
        let guarded = self.import(&["os", "shop.orders"], &["path", "Deep"]).replace('*', "path");
        text += &match self.below(4) {
            1 => format!("if TYPE_CHECKING:\n    {guarded}\n"),
            2 => format!("if typing.TYPE_CHECKING:\n\t{guarded}  {}\n", self.comment()),
            3 => format!("if TYPE_CHECKING: {guarded}\n"),
            _ => String::new(),
        };
        for _ in 0..self.below(3) {
            text += &self.function();
        }
        text += self.of(&["", "__all__ = ['Order']\n", "print(Order, Line)", "globals()\n"]);
        if self.one_in(4) { text.replace('\n', "\r\n") } else { text }
    }
}

/// The files of a program.
fn program(choices: &mut Choices) -> Vec<(&'static str, String)> {
    let select = "select = ['RF101', 'RF204', 'RF601', 'RF602', 'RF603']";
    let target = choices.of(&["", "", "target-version = 'py314'", "target-version = 'py315'"]);
    let kinds = choices.of(&["", "", "kinds = ['runtime']", "kinds = ['runtime', 'deferred', 'typing']"]);
    let depends = choices.of(&["", "depends-on = []"]);
    let config = format!(
        "source-roots = ['src']\n{select}\n{target}\n{kinds}\n[modules.'shop.web']\n{depends}\n[modules.'shop.orders']\n"
    );
    let outside = ["shop.orders", "shop.orders.models", "..orders", "..orders.models", "...shop.orders"];
    vec![
        ("ringfence.toml", config),
        ("src/shop/__init__.py", String::new()),
        (
            "src/shop/web/__init__.py",
            choices.of(&["", "from .views import Order\n", "from . import views\n"]).to_string(),
        ),
        ("src/shop/web/views.py", choices.module(&outside[..4])),
        ("src/shop/web/more.py", choices.module(&outside[..4])),
        (
            "src/shop/orders/__init__.py",
            "from shop.orders.models import Order, Line\nfrom .models import *\n".to_string(),
        ),
        (
            "src/shop/orders/models.py",
            "class Order: ...\nclass Line: ...\ndef place(): ...\nLIMIT = 1\n".to_string(),
        ),
        ("src/shop/orders/inner.py", choices.module(&["shop.orders", ".", "."])),
    ]
}

fn open(root: &Path) -> Session {
    let config = ConfigFile { path: root.join("ringfence.toml"), kind: ConfigKind::Ringfence };
    let options = SessionOptions {
        root: root.to_path_buf(),
        config: Some(config),
        threads: 1,
        ..SessionOptions::default()
    };
    Session::open(options, &|_| {}).expect("a program can be opened")
}

/// The names that import statements bind, wherever they stand.
fn bound(facts: &FileFacts) -> BTreeSet<&'static str> {
    let bound =
        |name: &ringfence_source::ImportedName| facts.name(name.alias.map_or(name.name, |(alias, _)| alias));
    facts.names.iter().map(bound).filter(|name| *name != "*").collect()
}

fn comments(text: &str) -> BTreeSet<String> {
    let tag = |part: &str| part.trim_start().split(';').next().unwrap_or_default().to_string();
    text.split('#').skip(1).map(tag).filter(|tag| tag.starts_with('c')).collect()
}

fn holds(numbers: &[u16]) -> Result<usize, TestCaseError> {
    let files = program(&mut Choices { numbers, comments: 0 });
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in &files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
    let all = FixOptions { applicability: Applicability::Unsafe, source: true, policy: false };
    let check = CheckOptions { fixes: true, ..CheckOptions::default() };
    let outcome = fix(&mut open(folder.path()), &check, all).expect("a program can be fixed");
    let fail = |what: &str| Err(TestCaseError::fail(format!("{what}\n{:#?}\n{:#?}", files, outcome.changes)));
    if !outcome.settled || !outcome.dropped.is_empty() {
        return fail(&format!("not settled, or dropped: {:?}", outcome.dropped));
    }
    for change in &outcome.changes {
        let (before, after) =
            (parse(&change.before, SourceKind::Python), parse(&change.after, SourceKind::Python));
        if let (None, Some(error)) = (&before.syntax_error, &after.syntax_error) {
            return fail(&format!("broken: {}", error.message));
        }
        if !comments(&change.before).is_subset(&comments(&change.after)) {
            return fail("a comment is lost");
        }
        if !bound(&before).is_subset(&bound(&after)) {
            return fail("a name is no longer bound");
        }
        if change.before.matches('\n').count() == change.before.matches("\r\n").count()
            && change.after.matches('\n').count() != change.after.matches("\r\n").count()
        {
            return fail("line ends are mixed");
        }
        fs::write(&change.path, &change.after).expect("a file");
    }
    let again = fix(&mut open(folder.path()), &check, all).expect("a program can be fixed");
    if !again.changes.is_empty() {
        return fail(&format!("a second run changes something: {:#?}", again.changes));
    }
    Ok(outcome.applied)
}

#[test]
fn fixes_keep_comments_names_and_syntax() {
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: cases.unwrap_or(config.cases), ..config };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let applied = std::cell::Cell::new(0);
    let result = runner.run(&vec(any::<u16>(), 0..400), |numbers| {
        applied.set(applied.get() + holds(&numbers)?);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(applied.get() > CASES as usize, "only {} fixes were applied", applied.get());
    println!("{} fixes applied", applied.get());
}
