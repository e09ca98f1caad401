// Drives the official Go client of MCP: reads {"op": ...} from stdin and answers, a line each, with MCP_URL and
// MCP_BEARER in the environment. The connection is opened once and kept from the first line to the last.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync/atomic"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type ask struct {
	Op   string         `json:"op"`
	Tool string         `json:"tool"`
	Args map[string]any `json:"args"`
}

type bearer struct{ token string }

func (b bearer) RoundTrip(request *http.Request) (*http.Response, error) {
	copied := request.Clone(request.Context())
	copied.Header.Set("Authorization", "Bearer "+b.token)
	return http.DefaultTransport.RoundTrip(copied)
}

var progress atomic.Int64

func main() {
	ctx := context.Background()
	out := json.NewEncoder(os.Stdout)
	client := mcp.NewClient(&mcp.Implementation{Name: "stranger", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) { progress.Add(1) },
	})
	session, err := client.Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint:   os.Getenv("MCP_URL"),
		HTTPClient: &http.Client{Transport: bearer{os.Getenv("MCP_BEARER")}},
	}, nil)
	if err != nil {
		out.Encode(raised(err))
		return
	}
	defer session.Close()
	out.Encode(map[string]any{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var asked ask
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if asked.Op == "list" {
			out.Encode(list(ctx, session))
		} else {
			out.Encode(call(ctx, session, asked))
		}
	}
}

func list(ctx context.Context, session *mcp.ClientSession) map[string]any {
	names := []string{}
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return raised(err)
		}
		names = append(names, tool.Name)
	}
	return map[string]any{"tools": names}
}

func call(ctx context.Context, session *mcp.ClientSession, asked ask) map[string]any {
	progress.Store(0)
	params := &mcp.CallToolParams{Name: asked.Tool, Arguments: asked.Args}
	params.SetProgressToken("progress")
	result, err := session.CallTool(ctx, params)
	if err != nil {
		return raised(err)
	}
	texts := []string{}
	for _, part := range result.Content {
		text := ""
		if said, ok := part.(*mcp.TextContent); ok {
			text = said.Text
		}
		texts = append(texts, text)
	}
	as := "result"
	if result.IsError {
		as = "tool error"
	}
	return map[string]any{"as": as, "text": strings.Join(texts, "\n"), "progress": progress.Load()}
}

func raised(err error) map[string]any {
	as := "exception"
	var wire *jsonrpc.Error
	if errors.As(err, &wire) && wire.Code < -32000 {
		as = "protocol error"
	}
	return map[string]any{"as": as, "text": err.Error()}
}
