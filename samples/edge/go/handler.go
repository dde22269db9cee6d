// A handler of HTTP requests in Go: a program that reads its request from its environment and its standard input, and writes the
// answer to its standard output. It tells what it was asked, and sorts and counts the words of the body.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

type answer struct {
	Method string         `json:"method"`
	Path   string         `json:"path"`
	Query  string         `json:"query,omitempty"`
	Words  map[string]int `json:"words,omitempty"`
	Top    []string       `json:"top,omitempty"`
}

func main() {
	told := answer{Method: os.Getenv("REQUEST_METHOD"), Path: os.Getenv("PATH_INFO"), Query: os.Getenv("QUERY_STRING")}
	if told.Method != "GET" && told.Method != "HEAD" && told.Method != "POST" {
		fmt.Print("Status: 405 Method Not Allowed\nAllow: GET, HEAD, POST\nContent-Type: text/plain\n\nGET or POST\n")
		return
	}

	if told.Method == "POST" {
		told.Words = map[string]int{}
		words := bufio.NewScanner(os.Stdin)
		words.Split(bufio.ScanWords)
		for words.Scan() {
			told.Words[words.Text()]++
		}

		if err := words.Err(); err != nil {
			fmt.Fprintln(os.Stderr, "the body cannot be read:", err)
			fmt.Print("Status: 400 Bad Request\nContent-Type: text/plain\n\nthe body has a word that is too long\n")
			return
		}

		told.Top = top(told.Words, 3)
	}

	text, err := json.Marshal(told)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}

	fmt.Printf("Content-Type: application/json\nContent-Length: %d\n\n%s\n", len(text)+1, text)
}

func top(words map[string]int, most int) []string {
	all := make([]string, 0, len(words))
	for word := range words {
		all = append(all, word)
	}

	sort.Slice(all, func(i, j int) bool {
		return words[all[i]] > words[all[j]] || words[all[i]] == words[all[j]] && all[i] < all[j]
	})
	return all[:min(most, len(all))]
}
