//! Code actions: what the editor offers to do about findings. If the client supports it, the edits of an action are computed only
//! once the user has chosen it.

use std::path::Path;

use gen_lsp_types::{CodeAction, CodeActionKind, CodeActionParams, Uri, WorkspaceEdit};
use ringfence_diagnostics::{FileId, Files as _, Fix, Identity};
use ringfence_project::baseline::{self, Update, recordable};
use ringfence_project::{Offer, fix, suppression};
use ruff_diagnostics::Applicability;
use ruff_text_size::{TextRange, TextSize};
use serde::{Deserialize, Serialize};

use crate::capabilities::Capabilities;
use crate::diagnostics::Conversion;
use crate::documents::Documents;
use crate::edits::Edits;
use crate::positions::Lines;
use crate::project::{Project, State};

/// The action that applies every fix of a file; editors can run it on save.
pub(crate) const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.ringfence");

/// The placeholder of a reason that only the user can give.
const REASON: &str = "TODO: say why";

/// The client's settings for fixes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FixSettings {
    /// Whether [`FIX_ALL`] is offered.
    pub(crate) fix_all: bool,
    /// Whether actions that apply several fixes include unsafe ones.
    pub(crate) unsafe_fixes: bool,
}

/// What the client sends back once the user has chosen an action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActionData {
    pub(crate) uri: Uri,
    /// The version of the document when the action was offered; none for a file that is not open.
    pub(crate) version: Option<i32>,
    action: Action,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Fix(FindingKey),
    ChangePolicy(FindingKey),
    Suppress(FindingKey),
    /// Adds the finding to the baseline.
    Record(FindingKey),
    /// Applies the fixes of one rule code in the file.
    FixRule(String),
    FixAll,
}

/// Identifies a finding within a file. The range is in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FindingKey {
    code: String,
    start: u32,
    end: u32,
    message: String,
}

impl FindingKey {
    fn of(offer: &Offer) -> Self {
        let diagnostic = &offer.diagnostic;
        Self {
            code: diagnostic.code.to_string(),
            start: diagnostic.range.start().into(),
            end: diagnostic.range.end().into(),
            message: diagnostic.message.clone(),
        }
    }
}

/// The actions for a range of a document.
pub(crate) fn actions(
    project: &mut Project,
    documents: &Documents,
    capabilities: Capabilities,
    settings: FixSettings,
    path: &Path,
    params: &CodeActionParams,
) -> Vec<CodeAction> {
    let has_config_errors = project.has_config_errors();
    let Some(state) = project.state_mut() else { return Vec::new() };
    let Some(file) = state.file(path) else { return Vec::new() };
    let version = documents.get(path).map(|document| document.version);
    let data = |action: Action| ActionData { uri: params.text_document.uri.clone(), version, action };
    let mut actions: Vec<(CodeAction, ActionData)> = Vec::new();
    let action =
        |title: String, kind: CodeActionKind| CodeAction { title, kind: Some(kind), ..CodeAction::default() };
    let offers = state.session.offers(&state.live, file);
    let is_offered =
        |fix: &Fix| fix.applicability == Applicability::Safe || fix.applicability == Applicability::Unsafe;
    if wants(params, &CodeActionKind::QuickFix)
        && let Some(source) = state.session.text(file)
    {
        let asked = Lines::of_file(&source).text_range(params.range, capabilities.encoding);
        let mut conversion = Conversion::new(&state.session, capabilities, documents);
        for offer in offers.iter().filter(|offer| intersects(offer.diagnostic.range, asked)) {
            let diagnostics = Some(vec![conversion.diagnostic(&offer.diagnostic)]);
            let key = FindingKey::of(offer);
            let code = offer.diagnostic.code;
            if let Some(fix) =
                offer.fix.as_ref().filter(|fix| is_offered(fix) && fix::is_sound(&state.session, fix))
            {
                let is_safe = fix.applicability == Applicability::Safe;
                let title = if is_safe { fix.title.clone() } else { format!("{} (unsafe)", fix.title) };
                let action = CodeAction {
                    diagnostics: diagnostics.clone(),
                    is_preferred: Some(is_safe),
                    ..action(title, CodeActionKind::QuickFix)
                };
                actions.push((action, data(Action::Fix(key.clone()))));
            }
            let policy_fix = offer.policy_fix.as_ref().filter(|_| !has_config_errors);
            if let Some(fix) = policy_fix.filter(|fix| fix::is_sound(&state.session, fix)) {
                let action = CodeAction {
                    diagnostics: diagnostics.clone(),
                    ..action(fix.title.clone(), CodeActionKind::QuickFix)
                };
                actions.push((action, data(Action::ChangePolicy(key.clone()))));
            }
            let of_rule = offers.iter().filter(|other| other.diagnostic.code == code);
            let fixable = of_rule.filter(|offer| is_applied_in_bulk(offer, file, settings)).count();
            if fixable > 1 {
                let title = format!("Fix all {fixable} findings of {code} in this file");
                let action = action(title, CodeActionKind::QuickFix);
                actions.push((action, data(Action::FixRule(code.to_string()))));
            }
            if suppression(&state.session, &offer.diagnostic, REASON).is_some() {
                let action = CodeAction {
                    diagnostics: diagnostics.clone(),
                    ..action(format!("Suppress {code} here"), CodeActionKind::QuickFix)
                };
                actions.push((action, data(Action::Suppress(key.clone()))));
            }
            if let Some(record) = with_baseline_entry(state, offer, capabilities)
                && record.into_workspace_edit(documents, capabilities).is_some()
            {
                let action = CodeAction {
                    diagnostics,
                    ..action(format!("Record this {code} in the baseline"), CodeActionKind::QuickFix)
                };
                actions.push((action, data(Action::Record(key))));
            }
        }
    }
    if settings.fix_all
        && wants(params, &FIX_ALL)
        && offers.iter().any(|offer| is_applied_in_bulk(offer, file, settings))
    {
        let action = action("Fix all fixable ringfence findings in this file".to_string(), FIX_ALL);
        actions.push((action, data(Action::FixAll)));
    }
    let mut done = Vec::new();
    for (mut action, data) in actions {
        // Several findings in the range may offer the same action.
        if done
            .iter()
            .any(|known: &CodeAction| known.title == action.title && known.diagnostics == action.diagnostics)
        {
            continue;
        }
        if capabilities.resolves_edits {
            action.data = serde_json::to_value(&data).ok();
        } else {
            action.edit = edit_of(project, documents, capabilities, settings, path, &data);
            if action.edit.is_none() {
                continue;
            }
        }
        done.push(action);
    }
    done
}

/// Whether the client wants actions of a kind: it names that kind, one above it, or none at all.
fn wants(params: &CodeActionParams, kind: &CodeActionKind) -> bool {
    let kind = kind.to_string();
    let covers = |only: &CodeActionKind| {
        kind.strip_prefix(&only.to_string()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    params.context.only.as_ref().is_none_or(|only| only.is_empty() || only.iter().any(covers))
}

/// The edit of an action; none if the finding is gone.
pub(crate) fn edit_of(
    project: &mut Project,
    documents: &Documents,
    capabilities: Capabilities,
    settings: FixSettings,
    path: &Path,
    data: &ActionData,
) -> Option<WorkspaceEdit> {
    let state = project.state_mut()?;
    let file = state.file(path)?;
    let edits = match &data.action {
        Action::Fix(key) => {
            let fix = find_offer(state, file, key)?.fix?;
            Edits::of_fix(&state.session, &fix.edits, capabilities)?
        }
        Action::ChangePolicy(key) => {
            let fix = find_offer(state, file, key)?.policy_fix?;
            Edits::of_fix(&state.session, &fix.edits, capabilities)?
        }
        Action::Suppress(key) => {
            let offer = find_offer(state, file, key)?;
            let fix = suppression(&state.session, &offer.diagnostic, REASON)?;
            Edits::of_fix(&state.session, &fix.edits, capabilities)?
        }
        Action::Record(key) => {
            let offer = find_offer(state, file, key)?;
            with_baseline_entry(state, &offer, capabilities)?
        }
        Action::FixRule(code) => edits_of_fixes(state, file, settings, Some(code), capabilities)?,
        Action::FixAll => edits_of_fixes(state, file, settings, None, capabilities)?,
    };
    edits.into_workspace_edit(documents, capabilities)
}

/// The edit that applies all fixes of a file; none if there are none.
pub(crate) fn fix_all(
    project: &mut Project,
    documents: &Documents,
    capabilities: Capabilities,
    settings: FixSettings,
    path: &Path,
) -> Option<WorkspaceEdit> {
    let state = project.state_mut()?;
    let file = state.file(path)?;
    edits_of_fixes(state, file, settings, None, capabilities)?.into_workspace_edit(documents, capabilities)
}

/// Applies all fixes of a file, or those of one rule code.
fn edits_of_fixes(
    state: &mut State,
    file: FileId,
    settings: FixSettings,
    code: Option<&str>,
    capabilities: Capabilities,
) -> Option<Edits> {
    let applicability = minimum_applicability(settings);
    let change = fix::fix_file(&mut state.session, &mut state.live, file, applicability, code)?;
    let mut edits = Edits::default();
    edits.rewrite(&change.path, &change.before, &change.after, capabilities);
    Some(edits)
}

fn minimum_applicability(settings: FixSettings) -> Applicability {
    if settings.unsafe_fixes { Applicability::Unsafe } else { Applicability::Safe }
}

/// Whether the fix is one that [`edits_of_fixes`] applies: applicable enough, and within the file.
fn is_applied_in_bulk(offer: &Offer, file: FileId, settings: FixSettings) -> bool {
    offer.fix.as_ref().is_some_and(|fix| {
        fix.applicability >= minimum_applicability(settings)
            && fix.edits.iter().all(|(edited, _)| *edited == file)
    })
}

/// The offer for a finding, if the finding is still reported.
fn find_offer(state: &State, file: FileId, key: &FindingKey) -> Option<Offer> {
    state.session.offers(&state.live, file).into_iter().find(|offer| FindingKey::of(offer) == *key)
}

/// Whether two ranges overlap or touch, so that a cursor beside a finding counts.
fn intersects(range: TextRange, asked: TextRange) -> bool {
    range.start() <= asked.end() && asked.start() <= range.end()
}

/// Adds the finding to the baseline, and creates the file if needed. None for a finding that no baseline can hold.
fn with_baseline_entry(state: &State, offer: &Offer, capabilities: Capabilities) -> Option<Edits> {
    let session = &state.session;
    let identity = recordable(&offer.diagnostic)?;
    let path = session.baseline_path(&identity);
    let mut edits = Edits::default();
    let known = state.file(&path).filter(|file| session.is_baseline(*file));
    let Some(file) = known else {
        let entry: (&Identity, &Option<String>) = (&identity, &None);
        edits.create(&path, Update::text(std::iter::once(entry)));
        return Some(edits);
    };
    let source = session.text(file)?;
    let lines = Lines::of_file(&source);
    let text = lines.text();
    let line = baseline::line(&identity, Some(REASON));
    // Entries are sorted.
    let mut offset = 0;
    for known in text.split_inclusive('\n') {
        if !known.starts_with('#') && known.trim_end() > line.as_str() {
            break;
        }
        offset += known.len();
    }
    let newline = if text.is_empty() || text[..offset].ends_with('\n') { "" } else { "\n" };
    let offset = TextSize::try_from(offset).ok()?;
    edits.add(&path, &lines, TextRange::empty(offset), format!("{newline}{line}\n"), capabilities);
    Some(edits)
}
