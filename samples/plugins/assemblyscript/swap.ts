// An Extism plugin in AssemblyScript: the words of a text in another order.
@external("extism:host/env", "input_length") declare function input_length(): u64;
@external("extism:host/env", "input_load_u8") declare function input_load_u8(offset: u64): u32;
@external("extism:host/env", "alloc") declare function alloc(length: u64): u64;
@external("extism:host/env", "store_u8") declare function store_u8(offset: u64, value: u32): void;
@external("extism:host/env", "output_set") declare function output_set(offset: u64, length: u64): void;
@external("extism:host/env", "error_set") declare function error_set(offset: u64): void;

function input(): string {
  const bytes = new Uint8Array(<i32>input_length());
  for (let i = 0; i < bytes.length; i++) bytes[i] = <u8>input_load_u8(i);
  return String.UTF8.decode(bytes.buffer);
}

function block(text: string): u64 {
  const bytes = Uint8Array.wrap(String.UTF8.encode(text));
  const offset = alloc(bytes.length);
  for (let i = 0; i < bytes.length; i++) store_u8(offset + i, bytes[i]);
  return offset;
}

export function swap(): i32 {
  const words = input().split(" ");
  if (words.length < 2) {
    error_set(block("there is only one word"));
    return 1;
  }
  const text = words.reverse().join(" ");
  output_set(block(text), String.UTF8.byteLength(text));
  return 0;
}
