//! What each family of rules costs to find, without a word spoken about what is found.

use divan::Bencher;
use divan::counter::ItemsCount;
use jiff::civil::Date;
use ringfence_diagnostics::FileId;
use ringfence_project::CheckOptions;
use ringfence_rules::{
    Codebase, Context, ExcludedModules, Finding, Reach, RuleSet, Run, Selection, Selector, Usage, Visitors,
    find_in_run,
};
use ringfence_source::FileFacts;

use crate::generated::{Rules, project};

fn selected(selector: &str) -> RuleSet {
    let select = Some(vec![Selector::parse(selector).unwrap()]);
    Selection::resolve(&[Selection { select, ..Selection::default() }], false, None)
}

/// What all selected rules find but those about findings.
fn find(context: &Context, rules: &RuleSet) -> Vec<Finding> {
    let visitors = Visitors::new(rules, context.policy);
    let mut findings = visitors.visit_project(context);
    for file in 0..context.facts.len() {
        findings.extend(visitors.visit_file(context, FileId::new(file), Reach::Any));
    }
    findings
}

/// Counted in imported names.
fn measure(
    bencher: Bencher,
    rules: Rules,
    selector: &str,
    work: impl Fn(&Context, &RuleSet) -> Vec<Finding> + Sync,
) {
    let session = &project(rules).session;
    let facts: Vec<Option<FileFacts>> =
        (0..session.files().len()).map(|file| session.facts(FileId::new(file)).cloned()).collect();
    let usage = Usage::default();
    let memo = ringfence_rules::Memo::default();
    let context = Context {
        codebase: Codebase {
            graph: session.graph(),
            facts: &facts,
            sources: session,
            target_version: None,
            runtime_annotations: &[],
            memo: &memo,
        },
        policy: session.policy(),
        boundaries: session.boundaries(),
        kinds: &session.settings().kinds,
        unreadable: &[],
        missing_roots: &[],
        excluded_modules: &ExcludedModules::default(),
        externals: session.externals().map(ringfence_project::Manifests::bound),
        file_settings: session,
        loading: session,
        surroundings: session,
        today: Date::constant(2026, 1, 1),
        usage: &usage,
    };
    let rules = selected(selector);
    bencher.counter(ItemsCount::new(session.graph().edges().len())).bench_local(|| work(&context, &rules));
}

#[divan::bench]
fn dependencies(bencher: Bencher) {
    measure(bencher, Rules::Dependencies, "RF1", find);
}

#[divan::bench]
fn interfaces(bencher: Bencher) {
    measure(bencher, Rules::Interfaces, "RF2", find);
}

#[divan::bench]
fn layers(bencher: Bencher) {
    measure(bencher, Rules::Layers, "RF3", find);
}

#[divan::bench]
fn suppressions_and_config(bencher: Bencher) {
    measure(bencher, Rules::Nothing, "RF9", |context, rules| {
        let mut findings = find(context, rules);
        findings.extend(find_in_run(context, rules, &Run { ran: &|_, _| true }));
        findings
    });
}

#[divan::bench]
fn all(bencher: Bencher) {
    measure(bencher, Rules::Dependencies, "ALL", find);
}

/// All of a check: findings, suppressions, words.
#[divan::bench]
fn check(bencher: Bencher) {
    let session = &project(Rules::Nothing).session;
    let options = CheckOptions {
        paths: Vec::new(),
        fixes: true,
        only_policy: false,
        most_explained: 0,
        most_chains: 50,
        all_chains: false,
        detail: ringfence_rules::Detail::Everything,
        ignore_baseline: false,
        switched_off: false,
    };
    let count = session.check(&options).diagnostics.len();
    bencher.counter(ItemsCount::new(count)).bench(|| session.check(&options));
}
