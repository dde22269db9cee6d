//! A JSON API for notes, kept in a key-value store:
//!
//!     GET    /notes        the keys there are
//!     POST   /notes        a new note, whose text is the body; answers with its number
//!     GET    /notes/7      a note
//!     PUT    /notes/7      writes over it
//!     DELETE /notes/7      takes it away
//!
//! It is a program of Fastly's interface, so the same module runs on Coffer, in Fastly's own test server and on Fastly. Built by
//! ../build.sh with nothing but rustc, which is why the interface's functions are declared in fastly.rs.
mod fastly;

use fastly::kv;

const STORE: &str = "notes";
const SEQUENCE: &str = "sequence";
const LONGEST_NOTE: usize = 64 << 10;

/// A status of HTTP and a body of JSON.
type Answer = (u32, Vec<u8>);

fn main() {
    let (mut request, mut body) = (0, 0);
    must(unsafe { fastly::body_downstream_get(&mut request, &mut body) });
    let method = text_of(|buffer, length, written| unsafe { fastly::method_get(request, buffer, length, written) });
    let uri = text_of(|buffer, length, written| unsafe { fastly::uri_get(request, buffer, length, written) });
    let (status, json) = answer(&method, path_of(&uri), body);
    send(status, &json);
}

fn answer(method: &str, path: &str, body: u32) -> Answer {
    let mut store = 0;
    if unsafe { kv::open(STORE.as_ptr(), STORE.len(), &mut store) } != 0 {
        return problem(500, "there is no store named notes");
    }

    let key = match path.strip_prefix("/notes") {
        Some("") | Some("/") => None,
        Some(rest) if rest.starts_with('/') && rest[1..].bytes().all(|digit| digit.is_ascii_digit()) => Some(format!("note-{}", &rest[1..])),
        _ => return problem(404, "there are /notes and /notes/NUMBER"),
    };
    match (method, key) {
        ("GET", None) => list(store),
        ("POST", None) => match read_note(body) {
            Ok(note) => add(store, &note),
            Err(problem) => problem,
        },
        ("GET", Some(key)) => match get(store, &key) {
            Some((note, _)) => (200, note),
            None => problem(404, "there is no such note"),
        },
        ("PUT", Some(key)) => match read_note(body) {
            Ok(note) => put(store, &key, &note),
            Err(problem) => problem,
        },
        ("DELETE", Some(key)) => delete(store, &key),
        _ => problem(405, "that cannot be done here"),
    }
}

/// The text of a request's body as a JSON object.
fn read_note(body: u32) -> Result<Vec<u8>, Answer> {
    match String::from_utf8(read(body, LONGEST_NOTE + 1)) {
        Ok(text) if text.len() > LONGEST_NOTE => Err(problem(413, "a note may have 65536 bytes")),
        Ok(text) => Ok(format!("{{\"text\":{}}}\n", quote(&text)).into_bytes()),
        Err(_) => Err(problem(400, "a note is text in UTF-8")),
    }
}

/// Stores a note under the next number. Two requests at once cannot get the same: the number is only written where nobody else
/// has written it since it was read.
fn add(store: u32, note: &[u8]) -> Answer {
    for _ in 0..100 {
        let before = get(store, SEQUENCE);
        let number = before.as_ref().map_or(0, |(value, _)| String::from_utf8_lossy(value).parse().unwrap_or(0u64)) + 1;
        let condition = before.map(|(_, generation)| generation);
        match insert(store, SEQUENCE, number.to_string().as_bytes(), Some(condition)) {
            kv::OK => {
                return match insert(store, &format!("note-{}", number), note, None) {
                    kv::OK => (201, format!("{{\"note\":{}}}\n", number).into_bytes()),
                    _ => problem(500, "the note cannot be stored"),
                }
            }
            kv::PRECONDITION_FAILED => continue,
            _ => return problem(500, "the number cannot be stored"),
        }
    }

    problem(503, "too many are writing")
}

fn put(store: u32, key: &str, note: &[u8]) -> Answer {
    if get(store, key).is_none() {
        return problem(404, "there is no such note");
    }

    match insert(store, key, note, None) {
        kv::OK => (200, note.to_vec()),
        _ => problem(500, "the note cannot be stored"),
    }
}

fn delete(store: u32, key: &str) -> Answer {
    let (mut pending, mut error) = (0, 0);
    let nothing = 0;
    must(unsafe { kv::delete(store, key.as_ptr(), key.len(), 0, &nothing, &mut pending) });
    unsafe { kv::delete_wait(pending, &mut error) };
    match error {
        kv::OK => (200, b"{}\n".to_vec()),
        kv::NOT_FOUND => problem(404, "there is no such note"),
        _ => problem(500, "the note cannot be deleted"),
    }
}

/// The store tells its keys as JSON already.
fn list(store: u32) -> Answer {
    let prefix = "note-";
    let config = kv::List {
        mode: 0,
        cursor: std::ptr::null(),
        cursor_length: 0,
        limit: 0,
        prefix: prefix.as_ptr(),
        prefix_length: prefix.len() as u32,
    };
    let (mut pending, mut body, mut error) = (0, 0, 0);
    must(unsafe { kv::list(store, kv::PREFIX, &config, &mut pending) });
    unsafe { kv::list_wait(pending, &mut body, &mut error) };
    match error {
        kv::OK => (200, read(body, usize::MAX)),
        _ => problem(500, "the store cannot be read"),
    }
}

/// A value and its generation, which changes when the value does.
fn get(store: u32, key: &str) -> Option<(Vec<u8>, u64)> {
    let (mut pending, mut body, mut generation, mut written, mut error) = (0, 0, 0, 0, 0);
    let nothing = 0;
    must(unsafe { kv::lookup(store, key.as_ptr(), key.len(), 0, &nothing, &mut pending) });
    let status = unsafe { kv::lookup_wait_v2(pending, &mut body, std::ptr::null_mut(), 0, &mut written, &mut generation, &mut error) };
    (status == 0 && error == kv::OK).then(|| (read(body, usize::MAX), generation))
}

/// Writes a value: whatever was there; or, with a condition, only where nothing was, or what has that generation.
fn insert(store: u32, key: &str, value: &[u8], condition: Option<Option<u64>>) -> u32 {
    const IF_GENERATION: u32 = 1 << 5;
    let generation = condition.flatten();
    let config = kv::Insert {
        mode: if condition == Some(None) { kv::ADD } else { 0 },
        unused: 0,
        metadata: std::ptr::null(),
        metadata_length: 0,
        time_to_live: 0,
        if_generation: generation.unwrap_or(0),
    };
    let (mut pending, mut error) = (0, 0);
    let mask = if generation.is_some() { IF_GENERATION } else { 0 };
    must(unsafe { kv::insert(store, key.as_ptr(), key.len(), body_of(value), mask, &config, &mut pending) });
    unsafe { kv::insert_wait(pending, &mut error) };
    error
}

fn send(status: u32, json: &[u8]) {
    let mut response = 0;
    let (name, value) = ("content-type", "application/json");
    unsafe {
        must(fastly::response::new(&mut response));
        must(fastly::response::status_set(response, status));
        must(fastly::response::header_insert(response, name.as_ptr(), name.len(), value.as_ptr(), value.len()));
        must(fastly::response::send_downstream(response, body_of(json), 0));
    }
}

fn body_of(bytes: &[u8]) -> u32 {
    let (mut body, mut sent) = (0, 0);
    must(unsafe { fastly::body::new(&mut body) });
    while sent < bytes.len() {
        let mut written = 0;
        must(unsafe { fastly::body::write(body, bytes[sent..].as_ptr(), bytes.len() - sent, 0, &mut written) });
        sent += written;
    }

    body
}

fn read(body: u32, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let mut count = 0;
        must(unsafe { fastly::body::read(body, buffer.as_mut_ptr(), buffer.len(), &mut count) });
        bytes.extend_from_slice(&buffer[..count]);
        if count == 0 || bytes.len() >= most {
            return bytes;
        }
    }
}

fn text_of(read: impl Fn(*mut u8, usize, *mut usize) -> u32) -> String {
    let mut buffer = vec![0; 8192];
    let mut written = 0;
    must(read(buffer.as_mut_ptr(), buffer.len(), &mut written));
    String::from_utf8_lossy(&buffer[..written]).into_owned()
}

/// The path of an absolute URI, without its query.
fn path_of(uri: &str) -> &str {
    let rest = uri.find("://").map_or(uri, |scheme| &uri[scheme + 3..]);
    let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
    path.split('?').next().unwrap_or(path)
}

fn problem(status: u32, text: &str) -> Answer {
    (status, format!("{{\"error\":{}}}\n", quote(text)).into_bytes())
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => quoted.push_str(&format!("\\u{:04x}", control as u32)),
            other => quoted.push(other),
        }
    }

    quoted.push('"');
    quoted
}

/// What the host refuses here would be a mistake of this program: it ends, and the server answers that it failed.
fn must(status: u32) {
    if status != 0 {
        panic!("the host answered with status {}", status);
    }
}
