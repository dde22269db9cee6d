// A plugin with typed calls: strings and records are a pointer and a length in its memory, which the host has it allocate.
use std::collections::BTreeMap;

#[no_mangle]
pub extern "C" fn coffer_alloc(size: usize) -> *mut u8 {
    let mut bytes = Vec::<u8>::with_capacity(size.max(1));
    let pointer = bytes.as_mut_ptr();
    std::mem::forget(bytes);
    pointer
}

#[no_mangle]
pub unsafe extern "C" fn coffer_free(pointer: *mut u8, size: usize) {
    drop(Vec::from_raw_parts(pointer, 0, size.max(1)));
}

#[link(wasm_import_module = "coffer:plugin")]
extern "C" {
    fn error(pointer: *const u8, length: usize) -> !;
}

fn fail(why: &str) -> ! {
    unsafe { error(why.as_ptr(), why.len()) }
}

fn give(text: String) -> u64 {
    let bytes = text.into_bytes().into_boxed_slice();
    let length = bytes.len() as u64;
    ((Box::into_raw(bytes) as *mut u8 as u64) << 32) | length
}

/// Counts the words of a text: { "words": 3, "longest": "the longest one", "most": { "word": times } }
#[no_mangle]
pub unsafe extern "C" fn count(pointer: *const u8, length: usize) -> u64 {
    let bytes = if length == 0 { &[] } else { std::slice::from_raw_parts(pointer, length) };
    let text = std::str::from_utf8(bytes).unwrap_or_else(|_| fail("the text is not UTF-8"));
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        fail("there are no words");
    }
    let mut most = BTreeMap::new();
    for word in &words {
        *most.entry(word.to_lowercase()).or_insert(0u32) += 1;
    }
    let longest = words.iter().max_by_key(|word| word.chars().count()).unwrap();
    let most: Vec<String> = most.iter().filter(|(_, times)| **times > 1).map(|(word, times)| format!("\"{}\":{}", word, times)).collect();
    give(format!("{{\"words\":{},\"longest\":\"{}\",\"most\":{{{}}}}}", words.len(), longest, most.join(",")))
}
