// A handler of HTTP requests: a program that reads a request from its environment and its standard input, and
// writes the answer to its standard output. Built by build.sh, for the server and for this machine alike.
use std::io::Write;

fn main() {
    let path = std::env::var("PATH_INFO").unwrap_or_default();
    let body = format!("Hello from {}\n", path);
    let mut out = std::io::stdout().lock();
    write!(out, "Content-Type: text/plain\nContent-Length: {}\n\n{}", body.len(), body).unwrap();
}
