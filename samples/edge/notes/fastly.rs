//! The functions of Fastly's interface that the sample calls, as they are imported. Each returns a status, 0 for success.
#![allow(dead_code)]

#[link(wasm_import_module = "fastly_http_req")]
extern "C" {
    pub fn body_downstream_get(request: *mut u32, body: *mut u32) -> u32;
    pub fn method_get(request: u32, buffer: *mut u8, length: usize, written: *mut usize) -> u32;
    pub fn uri_get(request: u32, buffer: *mut u8, length: usize, written: *mut usize) -> u32;
}

pub mod body {
    #[link(wasm_import_module = "fastly_http_body")]
    extern "C" {
        pub fn new(body: *mut u32) -> u32;
        pub fn read(body: u32, buffer: *mut u8, length: usize, read: *mut usize) -> u32;
        pub fn write(body: u32, buffer: *const u8, length: usize, end: u32, written: *mut usize) -> u32;
    }
}

pub mod response {
    #[link(wasm_import_module = "fastly_http_resp")]
    extern "C" {
        pub fn new(response: *mut u32) -> u32;
        pub fn status_set(response: u32, status: u32) -> u32;
        pub fn header_insert(response: u32, name: *const u8, name_length: usize, value: *const u8, value_length: usize) -> u32;
        pub fn send_downstream(response: u32, body: u32, streaming: u32) -> u32;
    }
}

pub mod kv {
    #[repr(C)]
    pub struct Insert {
        pub mode: u32,
        pub unused: u32,
        pub metadata: *const u8,
        pub metadata_length: u32,
        pub time_to_live: u32,
        pub if_generation: u64,
    }

    #[repr(C)]
    pub struct List {
        pub mode: u32,
        pub cursor: *const u8,
        pub cursor_length: u32,
        pub limit: u32,
        pub prefix: *const u8,
        pub prefix_length: u32,
    }

    /// Bits of the mask that says which fields of [`List`] count.
    pub const PREFIX: u32 = 1 << 3;

    /// What the store says of an operation.
    pub const OK: u32 = 1;
    pub const NOT_FOUND: u32 = 3;
    pub const PRECONDITION_FAILED: u32 = 4;

    /// A mode of [`Insert`]: only where there is nothing.
    pub const ADD: u32 = 1;

    #[link(wasm_import_module = "fastly_kv_store")]
    extern "C" {
        pub fn open(name: *const u8, length: usize, store: *mut u32) -> u32;
        pub fn lookup(store: u32, key: *const u8, length: usize, mask: u32, config: *const u32, lookup: *mut u32) -> u32;
        pub fn lookup_wait_v2(
            lookup: u32, body: *mut u32, metadata: *mut u8, length: usize, written: *mut usize, generation: *mut u64, error: *mut u32,
        ) -> u32;
        pub fn insert(store: u32, key: *const u8, length: usize, body: u32, mask: u32, config: *const Insert, insert: *mut u32) -> u32;
        pub fn insert_wait(insert: u32, error: *mut u32) -> u32;
        pub fn delete(store: u32, key: *const u8, length: usize, mask: u32, config: *const u32, delete: *mut u32) -> u32;
        pub fn delete_wait(delete: u32, error: *mut u32) -> u32;
        pub fn list(store: u32, mask: u32, config: *const List, list: *mut u32) -> u32;
        pub fn list_wait(list: u32, body: *mut u32, error: *mut u32) -> u32;
    }
}
