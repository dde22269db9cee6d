// The same handler for one sandbox that serves many requests (requestsPerInstance): a library whose function "handle"
// answers one. What it keeps in its memory is there for the next.
use std::io::Write;

extern "C" {
    fn __wasilibc_deinitialize_environ();
    fn __wasilibc_initialize_environ();
}

#[no_mangle]
pub extern "C" fn handle() {
    // The library of C reads the environment once; here each request has its own.
    unsafe {
        __wasilibc_deinitialize_environ();
        __wasilibc_initialize_environ();
    }

    let path = std::env::var("PATH_INFO").unwrap_or_default();
    let body = format!("Hello from {}\n", path);
    let mut out = std::io::stdout().lock();
    write!(out, "Content-Type: text/plain\nContent-Length: {}\n\n{}", body.len(), body).unwrap();
    out.flush().unwrap();
}
