//! The functions of `operator`: each does what its operator does.

use ruff_python_ast::{CmpOp, Operator, UnaryOp};

use crate::Place;
use crate::arguments::Arguments;
use crate::machine::{Exec, Machine};
use crate::value::Value;

impl Machine<'_> {
    /// Calls `operator.<name>`; nothing where it is not one of those that are known, or not called as it should be.
    pub(crate) fn call_operator_function(
        &mut self,
        name: &str,
        arguments: &Arguments,
        at: Place,
    ) -> Exec<Option<Value>> {
        if arguments.more || !arguments.keywords.is_empty() {
            return Ok(None);
        }
        Ok(Some(match (name, arguments.positional.as_slice()) {
            ("not_", [value]) => Value::Bool(!self.truth(value.clone(), at)?),
            ("truth", [value]) => Value::Bool(self.truth(value.clone(), at)?),
            ("neg" | "pos" | "inv" | "invert", [value]) => {
                let operator = match name {
                    "neg" => UnaryOp::USub,
                    "pos" => UnaryOp::UAdd,
                    _ => UnaryOp::Invert,
                };
                self.unary(operator, value.clone(), at)?
            }
            ("getitem", [container, key]) => self.item(container.clone(), key.clone(), at)?,
            ("setitem", [container, key, value]) => {
                self.set_item(container.clone(), key.clone(), value.clone(), at)?;
                Value::None
            }
            ("delitem", [container, key]) => {
                self.delete_item(container.clone(), key.clone(), at)?;
                Value::None
            }
            (_, [left, right]) => {
                if let Some(operator) = comparison(name) {
                    // The container stands first.
                    let (left, right) = if operator == CmpOp::In { (right, left) } else { (left, right) };
                    self.compare(left.clone(), operator, right.clone(), at)?
                } else if let Some(operator) = arithmetic(name) {
                    self.binary(left.clone(), operator, right.clone(), at)?
                } else if let Some(operator) = name.strip_prefix('i').and_then(arithmetic) {
                    self.in_place(left.clone(), operator, right.clone(), at)?
                } else {
                    return Ok(None);
                }
            }
            _ => return Ok(None),
        }))
    }
}

fn comparison(name: &str) -> Option<CmpOp> {
    Some(match name {
        "eq" => CmpOp::Eq,
        "ne" => CmpOp::NotEq,
        "lt" => CmpOp::Lt,
        "le" => CmpOp::LtE,
        "gt" => CmpOp::Gt,
        "ge" => CmpOp::GtE,
        "is_" => CmpOp::Is,
        "is_not" => CmpOp::IsNot,
        "contains" => CmpOp::In,
        _ => return None,
    })
}

fn arithmetic(name: &str) -> Option<Operator> {
    Some(match name {
        "add" | "concat" => Operator::Add,
        "sub" => Operator::Sub,
        "mul" => Operator::Mult,
        "matmul" => Operator::MatMult,
        "truediv" => Operator::Div,
        "floordiv" => Operator::FloorDiv,
        "mod" => Operator::Mod,
        "pow" => Operator::Pow,
        "lshift" => Operator::LShift,
        "rshift" => Operator::RShift,
        "or_" => Operator::BitOr,
        "xor" => Operator::BitXor,
        "and_" => Operator::BitAnd,
        _ => return None,
    })
}
