//! What the test of an `if` says about type checking.

use ruff_python_ast::{BoolOp, CmpOp, Expr, Number, UnaryOp};

use crate::ImportContext;

/// What a test means for the branches around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    /// True only for a type checker. `form` is one of the `GUARD_` bits; `exact` says that it is false for everybody
    /// else *only* because of that, so that what follows in the `else` is sure to run.
    Guard { form: ImportContext, exact: bool },
    /// False only for a type checker.
    Negated,
    /// If it is false, then for a type checker: `not (TYPE_CHECKING and x)`.
    NegatedCompound,
    /// `False`, `0`.
    Never,
    /// `True`, `1`.
    Always,
    /// The program decides.
    Condition,
}

/// What a test puts on the branches of an `if`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Branch {
    /// On its own branch.
    pub(crate) inside: ImportContext,
    /// On the branches after it, as it was false.
    pub(crate) after: ImportContext,
}

/// What a test means for the branches, as the test of an `if` or of an `elif`.
pub(crate) fn branch(test: Test, is_elif: bool) -> Branch {
    let (inside, after) = match test {
        Test::Guard { form, exact } => {
            let named = form.intersects(ImportContext::GUARD_NAME | ImportContext::GUARD_ATTRIBUTE);
            let inside = if named && is_elif { ImportContext::GUARD_ELIF } else { form };
            let after = match (named, exact) {
                (true, _) => ImportContext::ELSE_OF_GUARD,
                (false, true) => ImportContext::empty(),
                (false, false) => ImportContext::IF,
            };
            (inside, after)
        }
        Test::Negated => (ImportContext::NEGATED_GUARD, ImportContext::GUARD_NEGATED_ELSE),
        Test::NegatedCompound => (ImportContext::IF, ImportContext::GUARD_NEGATED_ELSE),
        Test::Never => (ImportContext::GUARD_CONSTANT, ImportContext::empty()),
        Test::Always => (ImportContext::empty(), ImportContext::empty()),
        Test::Condition => (ImportContext::IF, ImportContext::IF),
    };
    Branch { inside, after }
}

/// Names that stand for `TYPE_CHECKING`, as far as the file has been read. Scopes are not told apart.
#[derive(Debug, Default)]
pub(crate) struct Aliases(Vec<String>);

impl Aliases {
    pub(crate) fn add(&mut self, name: &str) {
        if !is_reserved(name) && !self.contains(name) {
            self.0.push(name.to_owned());
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|known| known != name);
    }

    fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

fn is_reserved(name: &str) -> bool {
    matches!(name, "TYPE_CHECKING" | "MYPY")
}

/// Parentheses are no part of the tree, so they never matter.
pub(crate) fn classify(test: &Expr, aliases: &Aliases) -> Test {
    match test {
        Expr::Name(name) if name.id == "TYPE_CHECKING" => {
            Test::Guard { form: ImportContext::GUARD_NAME, exact: true }
        }
        Expr::Name(name) if name.id == "MYPY" || aliases.contains(&name.id) => {
            Test::Guard { form: ImportContext::GUARD_ALIAS, exact: true }
        }
        Expr::Attribute(attribute) if attribute.attr.id == "TYPE_CHECKING" => {
            Test::Guard { form: ImportContext::GUARD_ATTRIBUTE, exact: true }
        }
        Expr::BooleanLiteral(literal) => constant(literal.value),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(value) => constant(*value != 0),
            Number::Float(_) | Number::Complex { .. } => Test::Condition,
        },
        Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => negate(classify(&unary.operand, aliases)),
        Expr::BoolOp(operation) => {
            let tests: Vec<Test> = operation.values.iter().map(|value| classify(value, aliases)).collect();
            match operation.op {
                BoolOp::And => all_of(&tests),
                BoolOp::Or => any_of(&tests),
            }
        }
        Expr::Compare(comparison) => match (&*comparison.ops, &*comparison.comparators) {
            ([op], [Expr::BooleanLiteral(literal)]) => {
                let same = match op {
                    CmpOp::Is | CmpOp::Eq => literal.value,
                    CmpOp::IsNot | CmpOp::NotEq => !literal.value,
                    _ => return Test::Condition,
                };
                match (classify(&comparison.left, aliases), same) {
                    (Test::Guard { exact, .. }, true) => compound(exact),
                    (Test::Guard { exact: true, .. }, false) => Test::Negated,
                    _ => Test::Condition,
                }
            }
            _ => Test::Condition,
        },
        _ => Test::Condition,
    }
}

fn constant(value: bool) -> Test {
    if value { Test::Always } else { Test::Never }
}

fn compound(exact: bool) -> Test {
    Test::Guard { form: ImportContext::GUARD_COMPOUND, exact }
}

fn negate(test: Test) -> Test {
    match test {
        Test::Guard { exact: true, .. } => Test::Negated,
        Test::Negated => compound(true),
        Test::Never => Test::Always,
        Test::Always => Test::Never,
        Test::Guard { exact: false, .. } => Test::NegatedCompound,
        Test::NegatedCompound => compound(false),
        Test::Condition => Test::Condition,
    }
}

fn all_of(tests: &[Test]) -> Test {
    if tests.iter().any(|test| matches!(test, Test::Guard { .. })) {
        // With nothing but exact guards in it, it is one itself.
        compound(tests.iter().all(|test| matches!(test, Test::Guard { exact: true, .. })))
    } else if tests.iter().all(|test| *test == Test::Negated) {
        Test::Negated
    } else {
        Test::Condition
    }
}

fn any_of(tests: &[Test]) -> Test {
    if tests.iter().all(|test| matches!(test, Test::Guard { .. })) {
        compound(tests.iter().any(|test| matches!(test, Test::Guard { exact: true, .. })))
    } else {
        Test::Condition
    }
}
