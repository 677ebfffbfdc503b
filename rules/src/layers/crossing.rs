//! An import that leads from one layer to another.

use ringfence_policy::Layer;

use crate::{Context, Crossing, LayerStep};

/// An import between boundary modules that both have a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LayerCrossing {
    pub(crate) crossing: Crossing,
    /// Positions in `layers`.
    from: usize,
    to: usize,
}

impl LayerCrossing {
    /// What leads from one layer to another, and how.
    pub(crate) fn of(context: &Context, crossing: &Crossing) -> Option<(Self, LayerStep)> {
        let importer = crossing.importer?;
        let step = context.boundaries.step(context.policy, importer, crossing.imported);
        if matches!(step, LayerStep::Free | LayerStep::Unknown) {
            return None;
        }
        let (from, to) = (context.boundaries.layer(importer)?, context.boundaries.layer(crossing.imported)?);
        Some((Self { crossing: *crossing, from, to }, step))
    }

    /// How the importer and the imported are called in messages.
    pub(crate) fn names<'a>(&self, context: &Context<'a>) -> (&'a str, &'a str) {
        (context.importer_title(&self.crossing), context.boundary_name(self.crossing.imported))
    }

    /// The layer of the importer.
    pub(crate) fn from<'a>(&self, context: &Context<'a>) -> &'a Layer {
        &context.policy.layers[self.from]
    }

    /// The layer of what is imported.
    pub(crate) fn to<'a>(&self, context: &Context<'a>) -> &'a Layer {
        &context.policy.layers[self.to]
    }
}
