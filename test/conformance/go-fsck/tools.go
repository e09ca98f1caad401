//go:build tools

// Keeps the checker in go.mod; it is built by its own import path.
package tools

import _ "github.com/transparency-dev/tessera/cmd/fsck"
