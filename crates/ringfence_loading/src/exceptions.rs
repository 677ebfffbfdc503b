//! The exceptions of `builtins`, and what is raised.

use std::rc::Rc;

use crate::report::Failure;
use crate::value::Value;

/// Each class with its base.
const CLASSES: &[(&str, &str)] = &[
    ("BaseException", "object"),
    ("BaseExceptionGroup", "BaseException"),
    ("GeneratorExit", "BaseException"),
    ("KeyboardInterrupt", "BaseException"),
    ("SystemExit", "BaseException"),
    ("Exception", "BaseException"),
    ("ExceptionGroup", "Exception"),
    ("ArithmeticError", "Exception"),
    ("FloatingPointError", "ArithmeticError"),
    ("OverflowError", "ArithmeticError"),
    ("ZeroDivisionError", "ArithmeticError"),
    ("AssertionError", "Exception"),
    ("AttributeError", "Exception"),
    ("BufferError", "Exception"),
    ("EOFError", "Exception"),
    ("ImportError", "Exception"),
    ("ModuleNotFoundError", "ImportError"),
    ("LookupError", "Exception"),
    ("IndexError", "LookupError"),
    ("KeyError", "LookupError"),
    ("MemoryError", "Exception"),
    ("NameError", "Exception"),
    ("UnboundLocalError", "NameError"),
    ("OSError", "Exception"),
    ("BlockingIOError", "OSError"),
    ("ChildProcessError", "OSError"),
    ("ConnectionError", "OSError"),
    ("BrokenPipeError", "ConnectionError"),
    ("ConnectionAbortedError", "ConnectionError"),
    ("ConnectionRefusedError", "ConnectionError"),
    ("ConnectionResetError", "ConnectionError"),
    ("FileExistsError", "OSError"),
    ("FileNotFoundError", "OSError"),
    ("InterruptedError", "OSError"),
    ("IsADirectoryError", "OSError"),
    ("NotADirectoryError", "OSError"),
    ("PermissionError", "OSError"),
    ("ProcessLookupError", "OSError"),
    ("TimeoutError", "OSError"),
    ("ReferenceError", "Exception"),
    ("RuntimeError", "Exception"),
    ("NotImplementedError", "RuntimeError"),
    ("RecursionError", "RuntimeError"),
    ("StopAsyncIteration", "Exception"),
    ("StopIteration", "Exception"),
    ("SyntaxError", "Exception"),
    ("IndentationError", "SyntaxError"),
    ("TabError", "IndentationError"),
    ("SystemError", "Exception"),
    ("TypeError", "Exception"),
    ("ValueError", "Exception"),
    ("UnicodeError", "ValueError"),
    ("UnicodeDecodeError", "UnicodeError"),
    ("UnicodeEncodeError", "UnicodeError"),
    ("UnicodeTranslateError", "UnicodeError"),
    ("Warning", "Exception"),
    ("BytesWarning", "Warning"),
    ("DeprecationWarning", "Warning"),
    ("EncodingWarning", "Warning"),
    ("FutureWarning", "Warning"),
    ("ImportWarning", "Warning"),
    ("PendingDeprecationWarning", "Warning"),
    ("ResourceWarning", "Warning"),
    ("RuntimeWarning", "Warning"),
    ("SyntaxWarning", "Warning"),
    ("UnicodeWarning", "Warning"),
    ("UserWarning", "Warning"),
];

/// The class of `builtins` that a name means: `IOError` is `OSError`.
pub(crate) fn builtin_exception(name: &str) -> Option<&'static str> {
    let name = match name {
        "IOError" | "EnvironmentError" | "WindowsError" => "OSError",
        other => other,
    };
    CLASSES.iter().find(|(class, _)| *class == name).map(|(class, _)| *class)
}

/// The base of a class of `builtins`.
pub(crate) fn base_of(name: &str) -> Option<&'static str> {
    CLASSES.iter().find(|(class, _)| *class == name).map(|(_, base)| *base)
}

/// Whether one class of `builtins` derives from another, or is it.
pub(crate) fn derives(class: &str, from: &str) -> bool {
    let mut next = class;
    loop {
        if next == from {
            return true;
        }
        match CLASSES.iter().find(|(class, _)| *class == next) {
            Some((_, base)) => next = base,
            None => return false,
        }
    }
}

/// An exception on its way.
#[derive(Debug, Clone)]
pub(crate) struct Raised {
    /// [`Value::Exception`], an instance of one of our classes, or [`Value::Unknown`].
    pub(crate) value: Value,
    pub(crate) failure: Rc<Failure>,
}

impl PartialEq for Raised {
    fn eq(&self, other: &Self) -> bool {
        self.failure.at == other.failure.at && self.failure.error == other.failure.error
    }
}

/// The class that `OSError(number, text)` makes an instance of.
pub(crate) fn of_error_number(number: i64) -> &'static str {
    match number {
        1 | 13 => "PermissionError",
        2 => "FileNotFoundError",
        3 => "ProcessLookupError",
        4 => "InterruptedError",
        10 => "ChildProcessError",
        11 => "BlockingIOError",
        17 => "FileExistsError",
        20 => "NotADirectoryError",
        21 => "IsADirectoryError",
        32 => "BrokenPipeError",
        103 => "ConnectionAbortedError",
        104 => "ConnectionResetError",
        110 => "TimeoutError",
        111 => "ConnectionRefusedError",
        _ => "OSError",
    }
}
