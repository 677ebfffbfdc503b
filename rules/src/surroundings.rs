//! What lies around a project, as far as rules ask for it: the code that is installed, and what manifests start.

use std::sync::Arc;

use ringfence_policy::Callable;
use ringfence_source::{EdgeKind, ImportContext};
use rustc_hash::FxHashMap;

/// Looks around a project, when a rule asks and not before.
pub trait Surroundings {
    /// What the manifests of the project start: the scripts that are installed with it, in the order of manifests.
    fn scripts(&self) -> Vec<Callable>;

    /// The code behind these dotted names and behind all that it loads, as far as it is on the disk: what is installed, and the standard
    /// library. The end of a name may be a member of a module. Nothing where no environment is found.
    fn follow(&self, names: &[String]) -> Option<Arc<Followed>>;
}

/// Modules from elsewhere, with what they load.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    pub modules: Vec<FollowedModule>,
    /// By dotted name: index into `modules`.
    pub numbers: FxHashMap<Arc<str>, u32>,
}

/// A module from elsewhere.
#[derive(Debug, Clone)]
pub struct FollowedModule {
    pub name: Arc<str>,
    /// What it imports while it is loaded, packages around that included, those around itself not.
    pub loads: Vec<FollowedLoad>,
    /// Modules of the project that it names.
    pub own: Vec<(Arc<str>, EdgeKind)>,
    /// Whether what it loads is not known in full.
    pub is_opaque: bool,
}

/// One module that another loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FollowedLoad {
    /// Index into [`Followed::modules`].
    pub to: u32,
    pub kind: EdgeKind,
    /// Whether it is loaded wherever the import is carried out.
    pub is_certain: bool,
}

impl Followed {
    /// The modules on the way to a name, outermost first: `a` and `a.b` of `a.b.f`.
    pub fn on_the_way(&self, name: &str) -> Vec<u32> {
        let ends = name.match_indices('.').map(|(dot, _)| dot).chain([name.len()]);
        ends.map_while(|end| self.numbers.get(&name[..end]).copied()).collect()
    }
}

/// Whether an import is carried out wherever its module runs so far, as far as what is around it tells.
pub fn is_certain_at_load(context: ImportContext) -> bool {
    const DOUBT: ImportContext = ImportContext::IF
        .union(ImportContext::MATCH)
        .union(ImportContext::LOOP)
        .union(ImportContext::EXCEPT)
        .union(ImportContext::EXCEPT_IMPORT_ERROR)
        .union(ImportContext::CATCHES_IMPORT_ERROR)
        .union(ImportContext::TRY_BODY)
        .union(ImportContext::TRY_ELSE)
        .union(ImportContext::DYNAMIC)
        .union(ImportContext::LAZY);
    !context.intersects(DOUBT)
}

/// Whether what stands at an offset runs only where its file is the script that is run: below `if __name__ == "__main__":`.
pub fn runs_as_script_only(text: &str, offset: usize) -> bool {
    let indentation = |line: &str| line.len() - line.trim_start().len();
    let Some(before) = text.get(..offset) else { return false };
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let mut inner = indentation(&text[start..]);
    for line in before[..start].lines().rev() {
        if inner == 0 {
            break;
        }
        let header = line.trim_start();
        let outer = indentation(line);
        if header.is_empty() || header.starts_with('#') || outer >= inner {
            continue;
        }
        let condition = header.strip_prefix("if __name__").map(str::trim_start);
        if condition.is_some_and(|rest| rest.starts_with("==") && rest.contains("__main__")) {
            return true;
        }
        inner = outer;
    }
    false
}
