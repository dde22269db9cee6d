// An Extism plugin without a library: what it is given and what it gives are blocks of the host.
package main

import (
	"encoding/binary"
	"strings"
)

//go:wasmimport extism:host/env input_length
func inputLength() uint64

//go:wasmimport extism:host/env input_load_u8
func inputLoadU8(offset uint64) uint32

//go:wasmimport extism:host/env input_load_u64
func inputLoadU64(offset uint64) uint64

//go:wasmimport extism:host/env alloc
func alloc(length uint64) uint64

//go:wasmimport extism:host/env store_u8
func storeU8(offset uint64, value uint32)

//go:wasmimport extism:host/env store_u64
func storeU64(offset uint64, value uint64)

//go:wasmimport extism:host/env output_set
func outputSet(offset uint64, length uint64)

//go:wasmimport extism:host/env log_info
func logInfo(offset uint64)

func input() string {
	bytes := make([]byte, inputLength())
	at := 0
	for ; at+8 <= len(bytes); at += 8 {
		binary.LittleEndian.PutUint64(bytes[at:], inputLoadU64(uint64(at)))
	}
	for ; at < len(bytes); at++ {
		bytes[at] = byte(inputLoadU8(uint64(at)))
	}
	return string(bytes)
}

func block(text string) (uint64, uint64) {
	offset := alloc(uint64(len(text)))
	at := 0
	for ; at+8 <= len(text); at += 8 {
		storeU64(offset+uint64(at), binary.LittleEndian.Uint64([]byte(text[at:at+8])))
	}
	for ; at < len(text); at++ {
		storeU8(offset+uint64(at), uint32(text[at]))
	}
	return offset, uint64(len(text))
}

//go:wasmexport shout
func shout() int32 {
	text := strings.ToUpper(input())
	outputSet(block(text + "!"))
	message, _ := block("shouted " + text)
	logInfo(message)
	return 0
}

func main() {}
