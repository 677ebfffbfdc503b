//! Takes the bytes of one Python file and gives [`FileFacts`]: its imports with their context, its suppression
//! comments and its syntax errors, as plain data that knows no config and no other file. [`decode()`] turns bytes
//! into text as Python does (BOM, coding cookie, UTF-8), [`extract()`] is the one function that yields facts.

mod bindings;
mod codec_names;
mod decode;
mod definitions;
mod dynamic;
mod encoding;
mod exports;
mod expressions;
mod extract;
mod facts;
mod guard;
mod hidden_names;
mod keyword;
mod lexical;
mod names;
mod oddities;
mod oddity_words;
mod parse;
mod parse_cost;
mod parse_depth;
mod plain_data;
mod quoted_types;
mod scan;
mod scan_blocks;
mod scan_calls;
mod scan_headers;
mod scan_imports;
mod scan_relevant;
mod scopes;
mod semantic;
mod splice;
mod strings;
mod suppression;
mod suppression_comments;
mod suppression_words;
mod syntax;
mod visit;

pub use bindings::{
    Annotation, Attribute, Binding, BindingKind, Definition, DottedName, DynamicNames, Exports, ModuleFacts,
    Reference, ReferenceContext, Scope, ScopeId, ScopeKind, Variable,
};
pub use decode::{DecodeError, Decoded, decode};
pub use encoding::Encoding;
pub use facts::{
    EdgeKinds, FileFacts, Import, ImportContext, ImportForm, ImportedName, SourceKind, SyntaxError,
};
pub use names::NameRef;
pub use oddities::{Chain, Listing, Oddities};
pub use parse::{ParsedFile, extract, is_safe_to_parse, oddities, parse, parse_module, parse_statement};
pub use parse_depth::{STACK_SIZE, parse_on_stack_of};
pub use plain_data::{Declared, Lack};
pub use ringfence_diagnostics::EdgeKind;
pub use splice::{Spliced, splice};
pub use strings::{NamingStrings, add_naming_strings};
pub use suppression::{Defect, SuppressedCode, Suppression, SuppressionForm, Until};
pub use suppression_comments::suppressions_in;

/// The facts of a file by the scanner alone; nothing where the file has to be parsed.
pub fn scan(text: &str) -> Option<FileFacts> {
    scan::scan(text).ok()
}
