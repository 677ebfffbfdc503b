//! Names of one statement are one finding to people, and one each to programs.

use ringfence_diagnostics::{Diagnostic, FileId, Fix, ImportDetails, Severity};
use ruff_text_size::{TextRange, TextSize};

use super::{CONFIG, InMemory, assert_output, options, rendered, undeclared};
use crate::{Format, render};

/// How many findings people see.
fn number_shown(diagnostics: &[Diagnostic]) -> usize {
    let files = InMemory::shop();
    let shown = |format| render(format, diagnostics, &files, &options(), &mut std::io::sink()).unwrap();
    assert_eq!(shown(Format::Pylint), diagnostics.len(), "programs see all");
    shown(Format::Concise)
}

/// A statement of 25 names of one module, two of them on the first line, and a second statement that says the same.
fn names_of_statements() -> (InMemory, Vec<Diagnostic>) {
    let names: Vec<String> = (0..25).map(|number| format!("name_{number:02}")).collect();
    let text = format!(
        "from shop.billing import (\n    {}, {},\n    {},\n)\nfrom shop.billing import again, once_more\n",
        names[0],
        names[1],
        names[2..].join(",\n    ")
    );
    let files = InMemory::new([
        ("/home/ada/shop/names.py", Some(text.as_str())),
        ("/home/ada/shop/ringfence.toml", Some(CONFIG)),
    ]);
    let end = text.find(")\n").map_or(0, |end| end as u32 + 1);
    let second = TextRange::new(TextSize::new(end + 1), TextSize::of(text.as_str()));
    let first = TextRange::up_to(TextSize::new(end));
    let named = |name: &str, statement| {
        let of = undeclared(&InMemory::shop());
        Diagnostic {
            import: of.import.clone().map(|import| ImportDetails {
                member: Some(name.to_owned().into()),
                statement,
                ..import
            }),
            range: files.range(0, name),
            ..of
        }
    };
    let mut found: Vec<Diagnostic> = names.iter().map(|name| named(name, first)).collect();
    // A long statement gives help and fix with some of its names, and may have other findings between.
    let last = found.last_mut().unwrap();
    (last.fix, last.help) = (None, None);
    last.import.as_mut().unwrap().is_abridged = true;
    let private =
        Diagnostic { message: "`name_01` is private".to_owned(), code: "RF201", ..found[1].clone() };
    found.insert(2, private);
    found.push(named("again", second));
    found.push(named("once_more", second));
    (files, found)
}

#[test]
fn names_of_one_statement_are_told_together() {
    let (files, found) = names_of_statements();
    let formats = [Format::Full, Format::Concise, Format::Grouped];
    let told = formats.map(|format| rendered(format, &found, &files, &options()));
    assert_output("names_together", &told.join("----\n"));
    assert_eq!(number_shown(&found), 3);
    // Programs get each.
    assert_eq!(rendered(Format::JsonLines, &found, &files, &options()).lines().count(), 28);
    assert_eq!(rendered(Format::Pylint, &found, &files, &options()).lines().count(), 28);
}

#[test]
fn what_differs_in_more_than_the_name_is_told_apart() {
    let (_, found) = names_of_statements();
    let [first, second] = [&found[3], &found[4]];
    assert_eq!(number_shown(&[first.clone(), second.clone()]), 1);
    let others = [
        // Two contracts may say the same of one name.
        Diagnostic { range: first.range, ..second.clone() },
        Diagnostic { severity: Severity::Warning, ..second.clone() },
        Diagnostic { help: None, ..second.clone() },
        Diagnostic { owner: None, ..second.clone() },
        Diagnostic { labels: Vec::new(), ..second.clone() },
        Diagnostic { code: "RF102", ..second.clone() },
        Diagnostic { message: "something else".to_owned(), ..second.clone() },
        Diagnostic { file: FileId::new(1), ..second.clone() },
        Diagnostic { import: None, ..second.clone() },
        Diagnostic {
            fix: second.fix.clone().map(|fix| Fix { title: "Declare another".to_owned(), ..fix }),
            ..second.clone()
        },
    ];
    for other in others {
        assert_eq!(number_shown(&[first.clone(), other.clone()]), 2, "{other:?}");
    }
}

/// A name of which less was looked at goes with the others only where these agree.
#[test]
fn what_is_said_of_some_names_is_not_said_of_all() {
    let (_, found) = names_of_statements();
    let mut last = found[25].clone();
    assert!(last.import.as_ref().unwrap().is_abridged);
    let other_help = Diagnostic { help: Some("do something else".to_owned()), ..found[4].clone() };
    assert_eq!(number_shown(&[found[3].clone(), last.clone()]), 1);
    assert_eq!(number_shown(&[found[3].clone(), other_help, last.clone()]), 3);
    // Another finding between two names parts them not.
    last.import = None;
    assert_eq!(number_shown(&[found[3].clone(), last, found[4].clone()]), 2);
}
