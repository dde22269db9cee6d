// A handler of HTTP requests: a program that reads a request from its environment and its standard input, and
// writes the answer to its standard output. Built by build.sh, for the server and for this machine alike.
use std::io::{Read, Write};

fn main() {
    let path = std::env::var("PATH_INFO").unwrap_or_default();
    let mut body = format!("Hello from {}\n", path);
    if std::env::var("REQUEST_METHOD").as_deref() == Ok("POST") {
        let mut sent = Vec::new();
        std::io::stdin().read_to_end(&mut sent).unwrap();
        body += &format!("{} bytes came with the request\n", sent.len());
    }

    let mut out = std::io::stdout().lock();
    write!(out, "Content-Type: text/plain\nContent-Length: {}\n\n{}", body.len(), body).unwrap();
}
