//! The language server, over its standard input and output. `scripts/drive_server.py`, `scripts/try_neovim.sh` and the tests of the extension for
//! VS Code drive it with clients that others wrote.
//!
//! One file, though long: each file of tests is a program to link, and these share one client.

// What a test expects and does not get is its failure.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod common;

use std::io::{BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use common::Project;
use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

struct Server {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    root: String,
    last: i32,
}

impl Server {
    /// One that works on a project, for a client that watches files.
    fn start(project: &Project) -> Self {
        Self::start_for(project, true)
    }

    fn start_for(project: &Project, watches: bool) -> Self {
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-8"] },
            "textDocument": {
                "diagnostic": {},
                "codeAction": { "resolveSupport": { "properties": ["edit"] } },
            },
            "workspace": {
                "didChangeWatchedFiles": { "dynamicRegistration": watches },
                "workspaceEdit": { "documentChanges": true, "resourceOperations": ["create"] },
            },
        });
        Self::initialize(project, &[""], &capabilities)
    }

    /// One that works on folders of a project.
    fn initialize(project: &Project, folders: &[&str], capabilities: &Value) -> Self {
        let (child, input, output) = spawned();
        let root = format!("file://{}", project.root().canonicalize().unwrap().display());
        let folders: Vec<Value> = folders
            .iter()
            .map(|folder| json!({ "uri": format!("{root}/{folder}").trim_end_matches('/'), "name": folder }))
            .collect();
        let mut server = Self { child, input, output, root, last: 0 };
        server
            .request(
                "initialize",
                json!({
                    "processId": null,
                    "rootUri": null,
                    "workspaceFolders": folders,
                    "capabilities": capabilities,
                }),
            )
            .unwrap();
        server.notify("initialized", json!({}));
        server
    }

    fn uri(&self, path: &str) -> String {
        format!("{}/{path}", self.root)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.input.write_all(bytes).unwrap();
        self.input.flush().unwrap();
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.write(&framed(&notification(method, params)));
    }

    /// The answer to a request; the error of one that is refused.
    fn request(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        let id = self.next_id();
        self.write(&framed(&request(id, method, params)));
        self.answer(id)
    }

    fn next_id(&mut self) -> i32 {
        self.last += 1;
        self.last
    }

    fn read(&mut self) -> Message {
        Message::read(&mut self.output).unwrap().expect("the server goes on")
    }

    fn answer(&mut self, id: i32) -> Result<Value, (i32, String)> {
        loop {
            match self.read() {
                Message::Response(Response { id: answered, response_result })
                    if answered == RequestId::from(id) =>
                {
                    return response_result.map_err(|error| (error.code, error.message));
                }
                Message::Response(other) => panic!("an answer that nobody waits for: {other:?}"),
                Message::Request(asked) => {
                    let response = Message::Response(Response::new_ok(asked.id, Value::Null));
                    self.write(&framed(&response));
                }
                Message::Notification(_) => {}
            }
        }
    }

    fn open(&mut self, path: &str, text: &str) {
        let document = json!({ "uri": self.uri(path), "languageId": "python", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn replace(&mut self, path: &str, version: i32, text: &str) {
        let document = json!({ "uri": self.uri(path), "version": version });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    fn diagnostics(&mut self, path: &str) -> Vec<Value> {
        let document = json!({ "uri": self.uri(path) });
        let report = self.request("textDocument/diagnostic", json!({ "textDocument": document })).unwrap();
        report["items"].as_array().unwrap().clone()
    }

    /// What is next told about a file without being asked.
    fn published(&mut self, path: &str) -> Vec<Value> {
        loop {
            if let Message::Notification(told) = self.read()
                && told.method == "textDocument/publishDiagnostics"
                && told.params["uri"] == self.uri(path)
            {
                return told.params["diagnostics"].as_array().unwrap().clone();
            }
        }
    }

    fn codes(&mut self, path: &str) -> Vec<String> {
        let found = self.diagnostics(path);
        found.iter().map(|diagnostic| diagnostic["code"].as_str().unwrap().to_string()).collect()
    }

    /// Ends it as the protocol has it.
    fn stop(mut self) {
        assert_eq!(self.request("shutdown", Value::Null), Ok(Value::Null));
        self.notify("exit", Value::Null);
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.child.kill();
    }
}

/// A server to which nothing has been said.
fn spawned() -> (Child, ChildStdin, BufReader<ChildStdout>) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
        .arg("server")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    (child, input, output)
}

fn request(id: i32, method: &str, params: Value) -> Message {
    Message::Request(Request { id: id.into(), method: method.to_string(), params })
}

fn notification(method: &str, params: Value) -> Message {
    Message::Notification(Notification { method: method.to_string(), params })
}

fn framed(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    message.write(&mut bytes).unwrap();
    bytes
}

fn frame(content: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{content}", content.len()).into_bytes()
}

const CONFIG: &str = "[modules.a]\ndepends-on = []\n\n[modules.b]\n";

fn small() -> Project {
    Project::new(&[("ringfence.toml", CONFIG), ("a.py", "import b\n"), ("b.py", "")])
}

#[test]
fn malformed_messages_are_answered_and_the_server_goes_on() {
    let project = small();
    let mut server = Server::start(&project);
    for content in ["{", "[]", "\"text\"", "{\"jsonrpc\": \"2.0\"}", "\u{fffd}"] {
        server.write(&frame(content));
        // An answer to nobody, which the library of this test does not know.
        let mut answer = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(std::io::BufRead::read_line(&mut server.output, &mut line).unwrap(), 0);
            if let Some(length) = line.strip_prefix("Content-Length: ") {
                let mut body = vec![0; length.trim().parse::<usize>().unwrap() + 2];
                std::io::Read::read_exact(&mut server.output, &mut body).unwrap();
                let text = String::from_utf8(body).unwrap();
                if text.contains("-32700") {
                    answer.push_str(text.trim());
                    break;
                }
            }
        }
        assert!(answer.contains("\"id\":null"), "{answer}");
    }
    let unknown = server.request("textDocument/dance", json!({})).unwrap_err();
    assert_eq!(unknown.0, -32601, "{unknown:?}");
    for method in
        ["textDocument/diagnostic", "textDocument/hover", "textDocument/codeAction", "codeAction/resolve"]
    {
        for params in [
            Value::Null,
            json!([]),
            json!({ "textDocument": { "uri": 3 } }),
            json!({ "textDocument": { "uri": "::" } }),
        ] {
            let refused = server.request(method, params.clone()).unwrap_err();
            assert_eq!(refused.0, -32602, "{method} {params}: {refused:?}");
        }
    }
    // Notifications have no answer; what makes no sense is let pass.
    server.notify("textDocument/didOpen", json!({ "textDocument": 1 }));
    server.notify("textDocument/didChange", json!({}));
    let range =
        json!({ "start": { "line": 90, "character": 7 }, "end": { "line": 3, "character": 9_000_000 } });
    server.open("a.py", "import b\n");
    let document = json!({ "uri": server.uri("a.py"), "version": 2 });
    let change = json!({ "textDocument": document, "contentChanges": [{ "range": range, "text": "#" }] });
    server.notify("textDocument/didChange", change);
    assert_eq!(server.codes("a.py"), ["RF101"]);
    server.stop();
}

#[test]
fn before_and_after_its_time_nothing_is_answered() {
    let project = small();
    let (mut child, mut input, mut output) = spawned();
    input.write_all(&framed(&request(1, "textDocument/hover", json!({})))).unwrap();
    let Some(Message::Response(early)) = Message::read(&mut output).unwrap() else { panic!("no response") };
    assert_eq!(early.response_result.unwrap_err().code, -32002);
    // The input ends without a word: that is no orderly end.
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(1));

    let mut server = Server::start(&project);
    server.request("shutdown", Value::Null).unwrap();
    assert_eq!(server.request("textDocument/hover", json!({})).unwrap_err().0, -32600);
    server.notify("exit", Value::Null);
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_taken_back_in_time_is_not_done() {
    let project = small();
    let mut server = Server::start(&project);
    server.open("a.py", "import b\n");
    let mut cancelled = 0;
    for round in 0..50 {
        let (document, id) = (json!({ "uri": server.uri("a.py") }), server.next_id());
        // All at once, so that the server meets the second before it is done with the first.
        let mut bytes = Vec::new();
        for version in 0..20 {
            let text = format!("import b\nx = {round}{version}\n");
            let changed = json!({ "uri": server.uri("a.py"), "version": version + 2 });
            let change = json!({ "textDocument": changed, "contentChanges": [{ "text": text }] });
            bytes.extend(framed(&notification("textDocument/didChange", change)));
        }
        bytes.extend(framed(&request(id, "textDocument/diagnostic", json!({ "textDocument": document }))));
        bytes.extend(framed(&notification("$/cancelRequest", json!({ "id": id }))));
        server.write(&bytes);
        match server.answer(id) {
            Err((code, _)) => {
                assert_eq!(code, -32800);
                cancelled += 1;
            }
            // It was quicker.
            Ok(report) => assert_eq!(report["items"][0]["code"], "RF101"),
        }
    }
    assert!(cancelled > 0, "nothing was ever taken back");
    assert_eq!(server.codes("a.py"), ["RF101"]);
    server.stop();
}

#[test]
fn a_thousand_documents_can_be_open() {
    let mut files =
        vec![("ringfence.toml".to_string(), CONFIG.to_string()), ("b.py".to_string(), String::new())];
    files.extend((0..1000).map(|number| (format!("a/m{number}.py"), "x = 1\n".to_string())));
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    let mut server = Server::start(&project);
    for (path, _) in &files[2..] {
        server.open(path, "import b\n");
    }
    let found = server.request("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap();
    let reports = found["items"].as_array().unwrap();
    assert_eq!(reports.iter().filter(|report| report["items"][0]["code"] == "RF101").count(), 1000);
    // An edit of the config reaches them all.
    server.open("ringfence.toml", &CONFIG.replace("[]", "[\"b\"]"));
    let found = server.request("workspace/diagnostic", json!({ "previousResultIds": [] })).unwrap();
    let left: Vec<&Value> =
        found["items"].as_array().unwrap().iter().filter(|it| it["items"] != json!([])).collect();
    assert!(left.is_empty(), "{left:?}");
    for (path, _) in &files[2..] {
        let document = json!({ "uri": server.uri(path) });
        server.notify("textDocument/didClose", json!({ "textDocument": document }));
    }
    assert_eq!(server.codes("a/m0.py"), Vec::<String>::new());
    server.stop();
}

/// What is said of the place of a text, without the links.
fn hover(server: &mut Server, path: &str, text: &str, place: &str) -> String {
    let answer = server.request("textDocument/hover", at(server, path, text, place)).unwrap();
    let markdown =
        answer["contents"]["value"].as_str().unwrap_or_else(|| panic!("nothing at {place}: {answer}"));
    markdown.replace(&format!("{}/", server.root), "")
}

/// The middle of the first `place` in a text.
fn at(server: &Server, path: &str, text: &str, place: &str) -> Value {
    let offset = text.find(place).unwrap_or_else(|| panic!("no {place}")) + place.len() / 2;
    let line = text[..offset].matches('\n').count();
    let character = offset - text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    json!({ "textDocument": { "uri": server.uri(path) }, "position": { "line": line, "character": character } })
}

#[test]
fn hovering_tells_what_decides() {
    let project = demo();
    let mut server = Server::start(&project);
    let mut told = String::new();
    let places = [
        ("src/shop/orders/service.py", "charge"),
        ("src/shop/orders/service.py", "shop.catalog"),
        ("src/shop/web/views.py", "shop.storage"),
        ("src/shop/customers.py", "RF104"),
        ("ringfence.toml", "shop.billing"),
        ("ringfence.toml", "services"),
        ("ringfence.toml", "RF110"),
    ];
    for (path, place) in places {
        let text = project.text(path);
        server.open(path, &text);
        let said = hover(&mut server, path, &text, place);
        // Of a rule the start is enough.
        let said: Vec<&str> = said.lines().take(12).collect();
        told.push_str(&format!("# {path}: {place}\n{}\n\n", said.join("\n")));
    }
    common::assert_snapshot("hover", project.root(), &told);
    server.stop();
}

#[test]
fn names_in_configs_lead_to_what_they_name() {
    let project = demo();
    let mut server = Server::start(&project);
    let text = project.text("ringfence.toml");
    server.open("ringfence.toml", &text);
    let params = at(&server, "ringfence.toml", &text, "shop.legacy");
    let found = server.request("textDocument/definition", params).unwrap();
    assert_eq!(found[0]["uri"], server.uri("src/shop/legacy.py"), "{found}");
    // A module that is being typed.
    let text = text.replacen("\"shop.legacy\"", "\"shop.ca\"", 1);
    server.replace("ringfence.toml", 2, &text);
    let place = text.find("shop.ca\"").unwrap();
    let line = text[..place].matches('\n').count();
    let character = place - text[..place].rfind('\n').unwrap() - 1 + "shop.ca".len();
    let position = json!({ "line": line, "character": character });
    let params = json!({ "textDocument": { "uri": server.uri("ringfence.toml") }, "position": position });
    let offered = server.request("textDocument/completion", params).unwrap();
    let labels: Vec<&str> =
        offered["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap()).collect();
    assert!(labels.contains(&"shop.catalog"), "{labels:?}");
    assert!(!labels.contains(&"shop.web"), "{labels:?}");
    server.stop();
}

/// Each folder has its own config; what is open elsewhere finds its own, too.
#[test]
fn each_config_of_a_workspace_is_its_own_project() {
    let project = Project::new(&[
        ("one/ringfence.toml", CONFIG),
        ("one/a.py", "import b\n"),
        ("one/b.py", ""),
        ("two/ringfence.toml", "[modules.a]\n\n[modules.b]\ndepends-on = []\n"),
        ("two/a.py", "import b\n"),
        ("two/b.py", "import a\n"),
        ("three/ringfence.toml", CONFIG),
        ("three/a.py", "import b\n"),
        ("three/b.py", ""),
    ]);
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let mut server = Server::initialize(&project, &["one", "two"], &capabilities);
    for (path, found) in
        [("one/a.py", 1), ("one/b.py", 0), ("two/a.py", 0), ("two/b.py", 1), ("three/a.py", 0)]
    {
        assert_eq!(server.codes(path).len(), found, "{path}");
    }
    let folder = |name: &str| json!({ "uri": server.uri(name), "name": name });
    let event = json!({ "added": [folder("three")], "removed": [folder("two")] });
    server.notify("workspace/didChangeWorkspaceFolders", json!({ "event": event }));
    for (path, found) in [("one/a.py", 1), ("two/b.py", 0), ("three/a.py", 1)] {
        assert_eq!(server.codes(path).len(), found, "{path}");
    }
    server.stop();
}

/// Positions count what client and server agreed on; a client that does not ask is told.
#[test]
fn every_encoding_and_clients_that_do_not_ask() {
    let text = "x = '\u{e9}\u{1f600}'; import b\n";
    for (encoding, character) in [("utf-8", 21), ("utf-16", 18), ("utf-32", 17)] {
        let project = small();
        project.write("a.py", text);
        let capabilities = json!({ "general": { "positionEncodings": [encoding] } });
        let mut server = Server::initialize(&project, &[""], &capabilities);
        // UTF-16 is what all have to know.
        let published = server.published("a.py");
        assert_eq!(
            published[0]["range"]["start"],
            json!({ "line": 0, "character": character }),
            "{encoding}"
        );
        server.open("a.py", "import b\nimport b\n");
        assert_eq!(server.published("a.py").len(), 2);
        server.replace("a.py", 2, "");
        assert_eq!(server.published("a.py"), Vec::<Value>::new());
        server.stop();
    }
}

#[test]
fn configs_that_change_on_disk_take_effect() {
    let allowed = CONFIG.replace("[]", "[\"b\"]");
    let project = small();
    let mut server = Server::start(&project);
    assert_eq!(server.codes("a.py"), ["RF101"]);
    project.write("ringfence.toml", &allowed);
    let changed = json!({ "changes": [{ "uri": server.uri("ringfence.toml"), "type": 2 }] });
    server.notify("workspace/didChangeWatchedFiles", changed);
    assert_eq!(server.codes("a.py"), Vec::<String>::new());
    server.stop();

    // One that watches nothing tells of what it saves, and the config may have been written beside it.
    let project = small();
    let mut server = Server::start_for(&project, false);
    server.open("a.py", "import b\n");
    assert_eq!(server.codes("a.py"), ["RF101"]);
    project.write("ringfence.toml", &allowed);
    let document = json!({ "uri": server.uri("a.py") });
    server.notify("textDocument/didSave", json!({ "textDocument": document }));
    assert_eq!(server.codes("a.py"), Vec::<String>::new());
    // An error is told of, and goes with it.
    project.write("ringfence.toml", "colour = 1\n");
    server.notify("textDocument/didSave", json!({ "textDocument": document }));
    assert_eq!(server.diagnostics("ringfence.toml").len(), 1);
    assert_eq!(server.codes("a.py"), Vec::<String>::new());
    project.write("ringfence.toml", CONFIG);
    server.notify("textDocument/didSave", json!({ "textDocument": document }));
    assert_eq!(server.diagnostics("ringfence.toml"), Vec::<Value>::new());
    assert_eq!(server.codes("a.py"), ["RF101"]);
    server.stop();
}

#[test]
fn a_baseline_that_comes_into_being_counts() {
    let config = format!("baseline = \"known/*.txt\"\n{CONFIG}");
    let project = Project::new(&[("ringfence.toml", &config), ("a.py", "import b\n"), ("b.py", "")]);
    let mut server = Server::start(&project);
    assert_eq!(server.codes("a.py"), ["RF101"]);
    for (path, left) in [("known/a.md", 1), ("known/a.txt", 0)] {
        project.write(path, "RF101 a -> b\n");
        let changed = json!({ "changes": [{ "uri": server.uri(path), "type": 1 }] });
        server.notify("workspace/didChangeWatchedFiles", changed);
        assert_eq!(server.codes("a.py").len(), left, "{path}");
    }
    // One that is only in the editor so far, too.
    let project = Project::new(&[("ringfence.toml", CONFIG), ("a.py", "import b\n"), ("b.py", "")]);
    let mut server = Server::start(&project);
    server.open("ringfence.baseline", "RF101 a -> b\n");
    assert_eq!(server.codes("a.py"), Vec::<String>::new());
    server.stop();
}

/// Whatever is offered for a finding of the demo takes it away.
#[test]
fn once_an_action_is_applied_the_finding_is_gone() {
    let mut tried = 0;
    for path in [
        "src/shop/orders/service.py",
        "src/shop/plugins/gift_cards.py",
        "src/shop/customers.py",
        "ringfence.toml",
    ] {
        let mut number = 0;
        // Each on a demo of its own.
        loop {
            let project = demo();
            let mut server = Server::start(&project);
            server.open(path, &project.text(path));
            let offered: Vec<(Value, Value)> = server
                .diagnostics(path)
                .into_iter()
                .flat_map(|diagnostic| {
                    let params = json!({
                        "textDocument": { "uri": server.uri(path) },
                        "range": diagnostic["range"],
                        "context": { "diagnostics": [diagnostic], "only": ["quickfix"] },
                    });
                    let actions = server.request("textDocument/codeAction", params).unwrap();
                    let actions: Vec<Value> = actions.as_array().unwrap().clone();
                    actions.into_iter().map(move |action| (diagnostic.clone(), action))
                })
                .collect();
            let Some((diagnostic, action)) = offered.get(number) else { break };
            number += 1;
            tried += 1;
            let resolved = server.request("codeAction/resolve", action.clone()).unwrap();
            for (name, text) in applied(&server, &project, &resolved) {
                if name == path {
                    server.replace(path, 2, &text);
                } else {
                    server.open(&name, &text);
                }
            }
            let left = server.diagnostics(path);
            let is_left = left
                .iter()
                .any(|it| it["code"] == diagnostic["code"] && it["message"] == diagnostic["message"]);
            assert!(!is_left, "{}: {diagnostic} is still there: {left:?}", action["title"]);
            // What was chosen before an edit is not for the text after it.
            let refused = server.request("codeAction/resolve", action.clone());
            assert!(refused.is_err() || !resolved.to_string().contains(path), "{refused:?}");
            server.stop();
        }
    }
    assert!(tried >= 10, "only {tried} actions");
}

/// A copy of the demo.
fn demo() -> Project {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("resources/demo");
    let project = Project::new(&[]);
    for entry in ignore::Walk::new(&source) {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            let path = entry.path().strip_prefix(&source).unwrap();
            project.write(path.to_str().unwrap(), std::fs::read(entry.path()).unwrap());
        }
    }
    project
}

/// The files that an action changes, as they are after it.
fn applied(server: &Server, project: &Project, action: &Value) -> Vec<(String, String)> {
    let changes =
        action["edit"]["documentChanges"].as_array().unwrap_or_else(|| panic!("no edit in {action}"));
    let mut files: Vec<(String, String)> = Vec::new();
    for change in changes {
        // A file that is created is one that is not there yet.
        let uri = change["textDocument"]["uri"].as_str().or(change["uri"].as_str()).unwrap();
        let name = uri.strip_prefix(&format!("{}/", server.root)).unwrap();
        let mut text = if project.root().join(name).exists() { project.text(name) } else { String::new() };
        let mut edits = change["edits"].as_array().cloned().unwrap_or_default();
        edits.sort_by_key(|edit| std::cmp::Reverse(offset(&text, &edit["range"]["start"])));
        for edit in edits {
            let range = offset(&text, &edit["range"]["start"])..offset(&text, &edit["range"]["end"]);
            text.replace_range(range, edit["newText"].as_str().unwrap());
        }
        files.retain(|(known, _)| known != name);
        files.push((name.to_string(), text));
    }
    files
}

/// Where a position in UTF-8 is.
fn offset(text: &str, position: &Value) -> usize {
    let number = |key: &str| usize::try_from(position[key].as_u64().unwrap()).unwrap();
    let line = text.split_inclusive('\n').take(number("line")).map(str::len).sum::<usize>();
    line + number("character")
}

/// Both configs of a folder speak, and each knows of the comments that the other one needs.
#[test]
fn two_configs_of_a_folder() {
    let contracts = "[importlinter]\nroot_package = p\n\n[importlinter:contract:no_c]\nname = b knows no c\n\
                     type = forbidden\nsource_modules = p.b\nforbidden_modules = p.c\n";
    let config = "baseline = \"known.baseline\"\n[modules.\"p.a\"]\ndepends-on = []\n\n[modules.\"p.b\"]\n";
    let project = Project::new(&[
        ("ringfence.toml", config),
        (".importlinter", contracts),
        ("p/__init__.py", ""),
        ("p/a.py", "import p.b\n"),
        ("p/b.py", "import p.c\n"),
        ("p/c.py", ""),
    ]);
    let mut server = Server::start(&project);
    assert_eq!(server.codes("p/a.py"), ["RF101"]);
    assert_eq!(server.codes("p/b.py"), ["RF403"]);
    server.open("p/b.py", "import p.c  # ringfence: ignore[RF403] for now\n");
    assert_eq!(server.codes("p/b.py"), Vec::<String>::new());
    server.replace("p/b.py", 2, "import p.a  # ringfence: ignore[RF403] for now\n");
    assert_eq!(server.codes("p/b.py"), ["RF901"]);
    server.replace("p/b.py", 3, "\nimport p.c  # ringfence: ignore[RF403] for now\n");
    assert_eq!(server.codes("p/b.py"), Vec::<String>::new());
    server.replace("p/b.py", 4, "import p.c\n");
    assert_eq!(server.codes("p/b.py"), ["RF403"]);
    // What both say is said once.
    server.open("p/c.py", "from ... import nothing\n");
    assert_eq!(server.codes("p/c.py"), ["RF906"]);
    server.replace("p/c.py", 2, "");
    server.stop();
    // They have one baseline.
    let written = project.run(&["baseline"]);
    assert!(written.out().contains("baseline of 2 findings"), "{written:?}");
    let mut server = Server::start(&project);
    for path in ["p/a.py", "p/b.py", "known.baseline"] {
        assert_eq!(server.codes(path), Vec::<String>::new(), "{path}");
    }
    server.stop();
}
