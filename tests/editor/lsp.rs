//! A client of a language server: requests and answers in JSON, over its standard input and output.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// Loading includes a build of the dependencies.
const PATIENCE: Duration = Duration::from_secs(600);

/// The answer to a request that a change of the text has overtaken.
const CONTENT_MODIFIED: i64 = -32801;

/// A running rust-analyzer with one open file.
pub struct Editor {
    process: Child,
    input: ChildStdin,
    output: Receiver<Value>,
    uri: String,
    /// The names of the kinds of tokens.
    kinds: Vec<Value>,
    id: i64,
    version: i64,
}

impl Editor {
    /// Starts a rust-analyzer in a package, opens a file of it, and waits until all of it is loaded.
    pub fn open(program: &Path, package: &Path, file: &Path, target: &Path) -> Self {
        let mut process = Command::new(program)
            .current_dir(package)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("rust-analyzer starts");
        let input = process.stdin.take().expect("it is piped");
        let output = process.stdout.take().expect("it is piped");
        let (sender, receiver) = channel();
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(message) = receive(&mut output) {
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let mut editor =
            Self { process, input, output: receiver, uri: uri(file), kinds: Vec::new(), id: 0, version: 0 };
        let answer = editor.request("initialize", &initialize(package, target));
        let legend = &answer["capabilities"]["semanticTokensProvider"]["legend"];
        editor.kinds = legend["tokenTypes"].as_array().cloned().unwrap_or_default();
        editor.notify("initialized", &json!({}));
        let text = std::fs::read_to_string(file).expect("the program");
        let document = json!({ "uri": editor.uri, "languageId": "rust", "version": 0, "text": text });
        editor.notify("textDocument/didOpen", &json!({ "textDocument": document }));
        loop {
            let message = editor.next();
            if message["method"] == "experimental/serverStatus" && message["params"]["quiescent"] == true {
                assert_eq!(message["params"]["health"], "ok", "rust-analyzer cannot load the package: {message}");
                return editor;
            }
        }
    }

    /// Replaces the text of the open file.
    pub fn write(&mut self, text: &str) {
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        self.notify(
            "textDocument/didChange",
            &json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    /// Asks about the open file, with `rest` as the other parameters.
    pub fn ask(&mut self, method: &str, rest: Value) -> Value {
        let mut params = rest;
        params["textDocument"] = json!({ "uri": self.uri });
        self.request(method, &params)
    }

    /// Returns the name of the kind of the token at the cursor. Each token is five numbers: its distance from the one before it,
    /// in lines and columns, its length, its kind and its modifiers.
    pub fn kind_at(&self, tokens: &[Value], cursor: (usize, usize)) -> String {
        let numbers: Vec<usize> = tokens.iter().filter_map(Value::as_u64).map(|n| n as usize).collect();
        let (mut line, mut column) = (0, 0);
        for token in numbers.chunks_exact(5) {
            column = if token[0] == 0 { column + token[1] } else { token[1] };
            line += token[0];
            if line == cursor.0 && (column..column + token[2]).contains(&cursor.1) {
                return self.kinds.get(token[3]).and_then(Value::as_str).unwrap_or("unknown").to_owned();
            }
        }
        "none".to_owned()
    }

    /// Ends the process.
    pub fn close(mut self) {
        self.request("shutdown", &Value::Null);
        self.notify("exit", &Value::Null);
        self.process.wait().expect("rust-analyzer ends");
    }

    fn request(&mut self, method: &str, params: &Value) -> Value {
        loop {
            self.id += 1;
            let id = self.id;
            self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
            let answer = loop {
                let message = self.next();
                if message["id"] == id && message.get("method").is_none() {
                    break message;
                }
            };
            match answer.get("error") {
                None => return answer["result"].clone(),
                Some(error) => assert_eq!(error["code"], CONTENT_MODIFIED, "{method}: {error}"),
            }
        }
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Receives a message. What rust-analyzer asks of its client gets an empty answer.
    fn next(&mut self) -> Value {
        let message = self.output.recv_timeout(PATIENCE).expect("rust-analyzer answers");
        if message.get("method").is_some() && message.get("id").is_some() {
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": null }));
        }
        message
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("rust-analyzer reads");
        self.input.flush().expect("rust-analyzer reads");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // Without effect after `close`.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn initialize(package: &Path, target: &Path) -> Value {
    json!({
        "processId": std::process::id(),
        "rootUri": uri(package),
        "capabilities": {
            "general": { "positionEncodings": ["utf-8"] },
            "textDocument": { "diagnostic": {}, "completion": {}, "hover": { "contentFormat": ["plaintext"] }, "semanticTokens": semantic_tokens() },
            "workspace": { "workspaceEdit": { "documentChanges": true } },
            "experimental": { "serverStatusNotification": true },
        },
        "initializationOptions": {
            "checkOnSave": false,
            "cargo": { "targetDir": target },
            "completion": { "autoimport": { "enable": false } },
            "cachePriming": { "enable": false },
        },
    })
}

fn semantic_tokens() -> Value {
    json!({ "requests": { "full": true }, "tokenTypes": [], "tokenModifiers": [], "formats": ["relative"] })
}

fn uri(path: &Path) -> String {
    let path: PathBuf = path.canonicalize().expect("the file exists");
    format!("file://{}", path.display())
}

fn receive(output: &mut BufReader<ChildStdout>) -> io::Result<Value> {
    let mut length = 0;
    loop {
        let mut header = String::new();
        if output.read_line(&mut header)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let header = header.trim();
        if header.is_empty() {
            break;
        }
        if let Some(bytes) = header.strip_prefix("Content-Length: ") {
            length = bytes.parse().map_err(io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body)?;
    serde_json::from_slice(&body).map_err(io::Error::other)
}
