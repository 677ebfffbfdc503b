//! The server for programs that write code, spoken to in its own words.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::Project;

/// Whatever takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

struct Client {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Value>,
    last: u64,
}

impl Client {
    fn new(project: &Project) -> Self {
        let mut child = project
            .call(&["mcp"])
            .command()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in output.lines() {
                let value = serde_json::from_str(&line.unwrap()).unwrap();
                if sender.send(value).is_err() {
                    break;
                }
            }
        });
        let input = child.stdin.take();
        let mut client = Self { child, input, lines, last: 0 };
        let answer = client.ask(
            "initialize",
            &json!({
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": { "name": "test", "version": "1" },
            }),
        );
        assert_eq!(answer["result"]["serverInfo"]["name"], json!("ringfence"));
        client.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        client
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
    }

    /// The answer to one request.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap();
            if line["id"] == json!(id) {
                return line;
            }
        }
    }

    /// What a tool answers, and whether that is an error.
    fn call(&mut self, tool: &str, arguments: &Value) -> (bool, Value, String) {
        let answer = self.ask("tools/call", &json!({ "name": tool, "arguments": arguments }));
        let result = &answer["result"];
        assert!(result.is_object(), "{answer}");
        let text = result["content"][0]["text"].as_str().unwrap().to_string();
        (result["isError"] == json!(true), result["structuredContent"].clone(), text)
    }

    /// The structured answer of a tool that works.
    fn value(&mut self, tool: &str, arguments: &Value) -> Value {
        let (is_error, value, text) = self.call(tool, arguments);
        assert!(!is_error, "{tool} {arguments}: {text}");
        value
    }

    /// What a tool says is wrong.
    fn error(&mut self, tool: &str, arguments: &Value) -> String {
        let (is_error, value, text) = self.call(tool, arguments);
        assert!(is_error, "{tool} {arguments}: {value} {text}");
        text
    }

    fn end(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
fn each_tool_answers_as_the_command_does() {
    let project = Project::shop(&[]);
    let before = project.contents();
    let mut client = Client::new(&project);
    let tools = client.ask("tools/list", &json!({}))["result"]["tools"].clone();
    let names: Vec<&str> =
        tools.as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["check", "can", "why", "explain_rule", "modules"]);
    for tool in tools.as_array().unwrap() {
        assert_eq!(tool["annotations"]["readOnlyHint"], json!(true), "{tool}");
        assert_eq!(tool["annotations"]["openWorldHint"], json!(false), "{tool}");
        assert_eq!(tool["inputSchema"]["additionalProperties"], json!(false), "{tool}");
    }
    let cold = project.run(&["check", "-q", "--output-format", "json"]).json();
    let found = client.value("check", &json!({}));
    assert_eq!((&found["findings"], &found["left_out"], &found["passes"]), (&cold, &json!(0), &json!(false)));
    let part = client.value("check", &json!({ "limit": 2, "offset": 1 }));
    assert_eq!(part["findings"].as_array().unwrap()[..], cold.as_array().unwrap()[1..3]);
    assert_eq!((&part["total"], &part["left_out"], &part["next_offset"]), (&json!(5), &json!(3), &json!(3)));
    let of_file = client.value("check", &json!({ "path": "shop/orders.py" }));
    let cold = project.run(&["check", "-q", "--output-format", "json", "shop/orders.py"]).json();
    assert_eq!(of_file["findings"], cold);
    let text = "import shop.storage\n";
    let of_text = client.value("check", &json!({ "path": "shop/web/new.py", "text": text }));
    let arguments = ["check", "-q", "--output-format", "json", "--stdin-filename", "shop/web/new.py"];
    assert_eq!(of_text["findings"], project.call(&arguments).stdin(text).run().json());
    assert_eq!(of_text["total"], json!(1));
    for (importer, imported) in
        [("shop.web", "shop.storage:connect"), ("shop.web", "shop.orders"), ("shop.web.new", "shop.storage")]
    {
        if importer == "shop.web.new" {
            // `shop.web` is no package.
            let said = client.error("can", &json!({ "importer": importer, "imported": imported }));
            assert!(said.contains("shop.web.new"), "{said}");
            continue;
        }
        let cold = project.run(&["can", "-q", "--output-format", "json", importer, imported]).json();
        assert_eq!(client.value("can", &json!({ "importer": importer, "imported": imported })), cold);
    }
    let cold = project.run(&["why", "-q", "--output-format", "json", "shop.web", "shop.storage"]).json();
    assert_eq!(client.value("why", &json!({ "importer": "shop.web", "imported": "shop.storage" })), cold);
    let cold = project.run(&["rule", "RF101", "--output-format", "json"]).json();
    let rule = client.value("explain_rule", &json!({ "rule": "undeclared-dependency" }));
    assert_eq!(rule["name"], cold["name"]);
    let modules = client.value("modules", &json!({}));
    assert_eq!(modules["total"], json!(4));
    let orders = client.value("modules", &json!({ "module": "shop.orders" }));
    assert_eq!(orders["modules"][0]["exposes"], json!(["Order"]));
    assert_eq!(orders["modules"][0]["depends_on"], json!([{ "module": "shop.legacy", "deprecated": true }]));
    client.end();
    assert_eq!(project.contents(), before);
}

#[test]
fn answers_follow_the_files() {
    let project = Project::shop(&[]);
    let mut client = Client::new(&project);
    let total = |client: &mut Client| client.value("check", &json!({}))["total"].clone();
    assert_eq!(total(&mut client), json!(5));
    // The same length, and at once.
    let text = project.text("shop/web.py").replace("import prices", "import pr1ces");
    project.write("shop/web.py", text);
    assert_eq!(total(&mut client), json!(5));
    project.write("shop/web.py", "");
    assert_eq!(total(&mut client), json!(2));
    project.write("shop/more/deep.py", "from shop.storage import connect\n");
    assert_eq!(total(&mut client), json!(3));
    std::fs::remove_dir_all(project.path("shop/more")).unwrap();
    assert_eq!(total(&mut client), json!(2));
    let config = project.text("ringfence.toml");
    project.write("ringfence.toml", "modules = 3\n");
    let said = client.error("check", &json!({}));
    assert!(said.contains("mistakes in the config"), "{said}");
    project.write("ringfence.toml", &config);
    assert_eq!(total(&mut client), json!(2));
    project.write(".gitignore", "orders.py\n");
    project.git_init();
    let cold = project.run(&["check", "-q", "--output-format", "json"]).json();
    assert_eq!(client.value("check", &json!({}))["findings"], cold);
    // An answer about what is not written leaves nothing behind.
    client.value("can", &json!({ "importer": "shop.web", "imported": "shop.storage" }));
    assert_eq!(client.value("check", &json!({}))["findings"], cold);
    client.end();
}

#[test]
fn hostile_arguments_are_refused_and_the_server_lives() {
    let project = Project::shop(&[]);
    let outside = Project::new(&[("secret.py", "import shop.storage\n")]);
    let elsewhere = outside.path("secret.py").to_str().unwrap().to_string();
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.root(), project.path("link")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, project.path("shop/linked.py")).unwrap();
    }
    let before = project.contents();
    let mut client = Client::new(&project);
    let mut paths = vec!["../secret.py", "shop/../../x.py", "/etc/passwd", &elsewhere, "a\0b.py", ""];
    if cfg!(unix) {
        paths.extend(["link/secret.py", "link", "shop/linked.py", "link/new.py"]);
    }
    for path in paths {
        for arguments in [json!({ "path": path }), json!({ "path": path, "text": "import os\n" })] {
            let said = client.error("check", &arguments);
            assert!(!said.contains("import shop.storage"), "{said}");
        }
        // By themselves these may be names.
        if path.is_empty() || path == "link" {
            continue;
        }
        client.error("can", &json!({ "importer": path, "imported": "shop.web" }));
        client.error("can", &json!({ "importer": "shop.web", "imported": path }));
        client.error("why", &json!({ "importer": path, "imported": "shop.web" }));
    }
    let long = "x".repeat(100_000);
    for (tool, arguments) in [
        ("check", json!({ "path": 3 })),
        ("check", json!({ "path": long })),
        ("check", json!({ "limit": -1 })),
        ("check", json!({ "text": "import os\n" })),
        ("check", json!({ "path": "shop", "text": "import os\n" })),
        ("check", json!({ "path": "ringfence.toml", "text": "" })),
        ("check", json!({ "path": "shop/nothing.py" })),
        ("check", json!({ "surprise": 1 })),
        ("can", json!({})),
        ("can", json!({ "importer": "shop.web" })),
        ("can", json!({ "importer": "shop.web", "imported": long })),
        ("can", json!({ "importer": "shop.web", "imported": "shop.web\nimport os" })),
        ("can", json!({ "importer": "shop.web", "imported": "shop.orders", "kind": "never" })),
        ("can", json!({ "importer": ["shop.web"], "imported": "shop.orders" })),
        ("why", json!({ "importer": "nothing", "imported": "a b" })),
        ("explain_rule", json!({ "rule": long })),
        ("modules", json!({ "module": long })),
    ] {
        let said = client.error(tool, &arguments);
        assert!(said.len() < 3_000 && !said.contains("panicked"), "{said}");
    }
    let unknown = client.ask("tools/call", &json!({ "name": "write", "arguments": {} }));
    assert_eq!(unknown["error"]["code"], json!(-32602), "{unknown}");
    let unknown = client.ask("no/such/method", &json!({}));
    assert!(unknown["error"].is_object(), "{unknown}");
    for line in [
        "{",
        "[]",
        "null",
        "{\"jsonrpc\": \"2.0\"}",
        "\u{0}\u{1}",
        "{\"jsonrpc\": \"2.0\", \"id\": {}, \"method\": 3}",
    ] {
        client.send(line);
    }
    // A request that nobody waits for any more.
    client.send(
        &json!({ "jsonrpc": "2.0", "id": 9_000, "method": "tools/call", "params": { "name": "check" } })
            .to_string(),
    );
    client.send(
        &json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 9_000 } })
            .to_string(),
    );
    // A large buffer is checked, and one that is too large is refused.
    let large = format!("import shop.storage\n{}", "x = 1\n".repeat(1_700_000));
    let found = client.value("check", &json!({ "path": "shop/web/large.py", "text": large }));
    assert_eq!(found["total"], json!(1));
    assert_eq!(client.value("check", &json!({ "path": "shop/orders.py" }))["total"], json!(2));
    client.end();
    assert_eq!(project.contents(), before);
}

#[test]
fn answers_are_bounded() {
    let mut imports = String::new();
    for number in 0..2_000 {
        imports += &format!("from shop.storage import name_{number}\n");
    }
    imports += &format!("from shop.storage import {}\n", "n".repeat(100_000));
    let project = Project::shop(&[("shop/web.py", &imports)]);
    let mut client = Client::new(&project);
    let found = client.value("check", &json!({ "limit": 1_000_000 }));
    let shown = found["findings"].as_array().unwrap().len();
    assert!(shown <= 500 && found.to_string().len() < 400_000, "{shown}");
    assert_eq!(
        found["left_out"].as_u64().unwrap() as usize + shown,
        found["total"].as_u64().unwrap() as usize
    );
    let mut seen = 0;
    let mut offset = json!(0);
    while !offset.is_null() {
        let part = client.value("check", &json!({ "limit": 500, "offset": offset }));
        seen += part["findings"].as_array().unwrap().len();
        offset = part["next_offset"].clone();
    }
    assert_eq!(seen, found["total"].as_u64().unwrap() as usize);
    client.end();
}
