//! Renders Markdown as HTML: pages of the folder `/pages`, which the server has to grant, and what a request sends.
//!
//!     GET  /          the page index.md
//!     GET  /about     the page about.md
//!     POST /          what the body says
//!
//! It knows headings, paragraphs, lists, quotes, rules, code, emphasis and links. HTML in the text is shown, not taken over, and
//! links that would run a script are none.
use std::io::{Read, Write};

const LONGEST: u64 = 1 << 20;

fn main() {
    let method = std::env::var("REQUEST_METHOD").unwrap_or_default();
    let path = std::env::var("PATH_INFO").unwrap_or_default();
    match method.as_str() {
        "POST" => {
            let mut text = Vec::new();
            match std::io::stdin().take(LONGEST + 1).read_to_end(&mut text) {
                Ok(length) if length as u64 > LONGEST => fail("413 Payload Too Large", "a text may have a megabyte"),
                Ok(_) => send("200 OK", &page("Markdown", &render(&String::from_utf8_lossy(&text)))),
                Err(error) => fail("400 Bad Request", &error.to_string()),
            }
        }
        "GET" | "HEAD" => match file_of(&path).map(std::fs::read_to_string) {
            Some(Ok(text)) => send("200 OK", &page(title_of(&text), &render(&text))),
            Some(Err(error)) => {
                // Which it was is for the log; the sandbox has told there already what it denied.
                eprintln!("{}: {}", path, error);
                fail("404 Not Found", "there is no such page")
            }
            None => fail("404 Not Found", "there is no such page"),
        },
        _ => fail("405 Method Not Allowed", "GET or POST"),
    }
}

/// The file of a page. Names that are not plain are nobody's; without this line the sandbox would still keep them inside.
fn file_of(path: &str) -> Option<String> {
    let name = match path.trim_matches('/') {
        "" => "index",
        name => name,
    };
    let is_plain = name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-');
    is_plain.then(|| format!("/pages/{}.md", name))
}

fn title_of(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or("Markdown").trim()
}

fn send(status: &str, html: &str) {
    let mut out = std::io::stdout().lock();
    let head = format!("Status: {}\nContent-Type: text/html; charset=utf-8\nContent-Length: {}\n\n", status, html.len());
    // A client that has gone is no failure of this program.
    let _ = out.write_all(head.as_bytes()).and_then(|_| out.write_all(html.as_bytes()));
}

fn fail(status: &str, reason: &str) {
    send(status, &page(status, &format!("<p>{}</p>\n", escape(reason))));
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{}</title>\n<style>body{{font:1.1rem/1.6 system-ui;max-width:42rem;margin:2rem auto;padding:0 1rem}}\
         pre,code{{background:#8882;border-radius:.3rem;padding:.1em .3em}}pre{{padding:1em;overflow:auto}}\
         :root{{color-scheme:light dark}}</style>\n{}</html>\n",
        escape(title),
        body
    )
}

/// Blocks: line by line, until the text is at its end.
fn render(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut html = String::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_end();
        if line.is_empty() {
            at += 1;
        } else if let Some(level) = heading(line) {
            html += &format!("<h{0}>{1}</h{0}>\n", level, inline(line[level..].trim()));
            at += 1;
        } else if line == "---" {
            html += "<hr>\n";
            at += 1;
        } else if line.starts_with("```") {
            let end = (at + 1..lines.len()).find(|&i| lines[i].trim_end() == "```").unwrap_or(lines.len());
            html += &format!("<pre><code>{}</code></pre>\n", escape(&lines[at + 1..end].join("\n")));
            at = end + 1;
        } else {
            let (tag, item) = match line {
                _ if line.starts_with("- ") || line.starts_with("* ") => ("ul", true),
                _ if numbered(line).is_some() => ("ol", true),
                _ if line.starts_with('>') => ("blockquote", false),
                _ => ("p", false),
            };
            let end = (at + 1..lines.len()).find(|&i| kind(lines[i]) != kind(line)).unwrap_or(lines.len());
            html += &format!("<{}>", tag);
            for (i, line) in lines[at..end].iter().enumerate() {
                let content = inline(content_of(line));
                html += &if item { format!("<li>{}</li>", content) } else if i > 0 { format!("\n{}", content) } else { content };
            }
            html += &format!("</{}>\n", tag);
            at = end;
        }
    }

    html
}

#[derive(PartialEq)]
enum Kind { Nothing, Other, Item, Numbered, Quote, Text }

fn kind(line: &str) -> Kind {
    match line.trim_end() {
        "" => Kind::Nothing,
        line if heading(line).is_some() || line == "---" || line.starts_with("```") => Kind::Other,
        line if line.starts_with("- ") || line.starts_with("* ") => Kind::Item,
        line if numbered(line).is_some() => Kind::Numbered,
        line if line.starts_with('>') => Kind::Quote,
        _ => Kind::Text,
    }
}

fn heading(line: &str) -> Option<usize> {
    let level = line.bytes().take_while(|&letter| letter == b'#').count();
    ((1..=6).contains(&level) && line[level..].starts_with(' ')).then(|| level)
}

fn numbered(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    if rest.len() < line.len() { rest.strip_prefix(". ") } else { None }
}

fn content_of(line: &str) -> &str {
    let line = line.trim_end();
    match kind(line) {
        Kind::Item => &line[2..],
        Kind::Numbered => numbered(line).unwrap_or(line),
        Kind::Quote => line[1..].trim_start(),
        _ => line.trim(),
    }
}

/// Code, strong, emphasis and links within a line; everything else is text.
fn inline(text: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|letter| matches!(letter, '`' | '*' | '[')) {
        html += &escape(&rest[..at]);
        rest = &rest[at..];
        let taken = match rest.as_bytes() {
            [b'`', ..] => between(rest, "`").map(|(code, after)| (format!("<code>{}</code>", escape(code)), after)),
            [b'*', b'*', ..] => between(rest, "**").map(|(strong, after)| (format!("<strong>{}</strong>", inline(strong)), after)),
            [b'*', ..] => between(rest, "*").map(|(em, after)| (format!("<em>{}</em>", inline(em)), after)),
            _ => link(rest),
        };
        match taken {
            Some((done, after)) => {
                html += &done;
                rest = after;
            }
            None => {
                html += &rest[..1];
                rest = &rest[1..];
            }
        }
    }

    html + &escape(rest)
}

fn between<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let inside = &text[mark.len()..];
    let end = inside.find(mark).filter(|&end| end > 0)?;
    Some((&inside[..end], &inside[end + mark.len()..]))
}

fn link(text: &str) -> Option<(String, &str)> {
    let middle = text.find("](")?;
    let end = middle + text[middle..].find(')')?;
    let (label, target) = (&text[1..middle], &text[middle + 2..end]);
    let scheme = target.split(|letter| matches!(letter, '/' | '?' | '#')).next().unwrap_or("");
    let is_safe = !scheme.contains(':') || ["http:", "https:", "mailto:"].iter().any(|known| target.to_ascii_lowercase().starts_with(known));
    let html = if is_safe { format!("<a href=\"{}\">{}</a>", escape(target), escape(label)) } else { escape(label) };
    Some((html, &text[end + 1..]))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
