//go:build tools

// Keeps the store in go.mod; it is built by its own import path.
package tools

import _ "github.com/versity/versitygw/cmd/versitygw"
