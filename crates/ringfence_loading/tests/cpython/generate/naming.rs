//! Modules and their names, as code tells them.

use crate::generate::expand::Body;
use crate::generate::layout::{MISSING, SUBMODULES};
use crate::generate::{Kind, Planned};

impl Body<'_> {
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
