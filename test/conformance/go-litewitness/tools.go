//go:build tools

// Keeps the witness in go.mod; it is built by its own import path.
package tools

import _ "filippo.io/torchwood/cmd/litewitness"
