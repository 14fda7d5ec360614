"""Every program the board can drive: one entry each, with how to find, start, point and resume it."""

from collections.abc import Callable
from dataclasses import dataclass

from agents.programs import acp, acp_programs, aider, claude, cline, codex, gemini, mini, opencode, pi, qwen
from agents.programs.dialogue import Arrangement, Dialogue, Send, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`commands`: how its program may be called on this machine; `speaks`: which API its endpoint must have;
    `modes`: its own words for what it may do unasked, the board's choice first; `verified`: version and day."""

    name: str
    label: str
    commands: tuple[str, ...]
    install: str
    speaks: str
    path: str = ""  # of its endpoint's address, as its provider has it
    modes: tuple[str, ...]
    arrange: Callable[[Setting], Arrangement]
    dialogue: Callable[[Setting, Send], Dialogue]
    model: str = ""
    package: str = ""  # of a Python program
    resumes: bool = False
    asks: bool = False
    steers: bool = False
    knows_prices: bool = False
    licence: str = ""
    verified: str = ""
    credentials: tuple[str, ...] = ()  # files of a sign-in, in the user's home
    hosts: tuple[str, ...] = ()  # what a signed-in one has to reach


_ALL = (
    Program(
        name="claude",
        label="Claude Code",
        commands=("claude",),
        install="npm install -g @anthropic-ai/claude-code",
        speaks="anthropic",
        modes=("bypassPermissions", "acceptEdits", "default", "plan"),
        arrange=claude.arrange,
        dialogue=claude.Claude,
        resumes=True,
        asks=True,
        steers=True,
        licence="proprietary",
        credentials=(".claude/.credentials.json",),
        hosts=("api.anthropic.com", "platform.claude.com", "console.anthropic.com"),
    ),
    Program(
        name="codex",
        label="Codex",
        commands=("codex",),
        install="npm install -g @openai/codex",
        speaks="openai responses",
        path="/v1",
        modes=("danger-full-access", "workspace-write", "read-only"),
        arrange=codex.arrange,
        dialogue=codex.Codex,
        resumes=True,
        licence="Apache-2.0",
        credentials=(".codex/auth.json",),
        hosts=("chatgpt.com", "auth.openai.com", "api.openai.com"),
    ),
    Program(
        name="gemini",
        label="Gemini",
        commands=("gemini",),
        install="npm install -g @google/gemini-cli",
        speaks="gemini",
        modes=("yolo", "auto_edit", "default", "plan"),
        model="gemini-2.5-pro",
        arrange=gemini.arrange,
        dialogue=gemini.Gemini,
        resumes=True,
        licence="Apache-2.0",
        credentials=(".gemini/oauth_creds.json",),
        hosts=("cloudcode-pa.googleapis.com", "oauth2.googleapis.com"),
    ),
    Program(
        name="qwen",
        label="Qwen Code",
        commands=("qwen",),
        install="npm install -g @qwen-code/qwen-code",
        speaks="openai chat",
        path="/v1",
        modes=("yolo", "auto-edit", "default", "plan"),
        model="qwen3-coder-plus",
        arrange=qwen.arrange,
        dialogue=qwen.Qwen,
        resumes=True,
        licence="Apache-2.0",
    ),
    Program(
        name="opencode",
        label="opencode",
        commands=("opencode",),
        install="npm install -g opencode-ai",
        speaks="openai chat",
        path="/v1",
        modes=("allow", "deny"),
        model="model",
        arrange=opencode.arrange,
        dialogue=opencode.Opencode,
        resumes=True,
        licence="MIT",
    ),
    Program(
        name="pi",
        label="pi",
        commands=("pi",),
        install="npm install -g @mariozechner/pi-coding-agent",
        speaks="openai chat",
        path="/v1",
        modes=("",),
        model="model",
        arrange=pi.arrange,
        dialogue=pi.Pi,
        resumes=True,
        licence="MIT",
    ),
    Program(
        name="cline",
        label="Cline",
        commands=("cline",),
        install="npm install -g cline",
        speaks="openai chat",
        path="/v1",
        modes=("true", "false"),
        model="model",
        arrange=cline.arrange,
        dialogue=cline.Cline,
        licence="Apache-2.0",
    ),
    Program(
        name="aider",
        label="aider",
        commands=("aider",),
        install="pipx install aider-chat",
        package="aider-chat",
        speaks="openai chat",
        path="/v1",
        modes=("diff", "whole", "udiff"),
        model="model",
        arrange=aider.arrange,
        dialogue=aider.Aider,
        resumes=True,
        licence="Apache-2.0",
    ),
    Program(
        name="mini",
        label="mini-swe-agent",
        commands=("mini",),
        package="mini-swe-agent",
        install="pipx install mini-swe-agent && pipx inject mini-swe-agent mcp",
        speaks="openai chat",
        path="/v1",
        modes=("",),
        model="model",
        arrange=mini.arrange,
        dialogue=mini.Mini,
        licence="MIT",
    ),
    Program(
        name="acp",
        label="Any program that speaks ACP",
        commands=(),
        install="",
        speaks="openai chat",
        modes=("",),
        arrange=acp_programs.any_program,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
    ),
    Program(
        name="claude-acp",
        label="Claude Code over ACP",
        commands=("claude-agent-acp", "claude-code-acp"),
        install="npm install -g @agentclientprotocol/claude-agent-acp",
        speaks="anthropic",
        modes=("bypassPermissions", "acceptEdits", "default", "plan"),
        arrange=acp_programs.claude_acp,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
        licence="Apache-2.0",
    ),
    Program(
        name="codex-acp",
        label="Codex over ACP",
        commands=("codex-acp",),
        install="npm install -g @agentclientprotocol/codex-acp",
        speaks="openai responses",
        path="/v1",
        modes=("full-access|agent-full-access", "agent|auto", "read-only"),
        arrange=acp_programs.codex_acp,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
        licence="Apache-2.0",
    ),
    Program(
        name="gemini-acp",
        label="Gemini over ACP",
        commands=("gemini",),
        install="npm install -g @google/gemini-cli",
        speaks="gemini",
        modes=("yolo", "autoEdit", "default", "plan"),
        model="gemini-2.5-pro",
        arrange=acp_programs.gemini_acp,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
        licence="Apache-2.0",
    ),
    Program(
        name="qwen-acp",
        label="Qwen Code over ACP",
        commands=("qwen",),
        install="npm install -g @qwen-code/qwen-code",
        speaks="openai chat",
        path="/v1",
        modes=("yolo", "auto-edit", "default", "plan"),
        model="qwen3-coder-plus",
        arrange=acp_programs.qwen_acp,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
        licence="Apache-2.0",
    ),
    Program(
        name="opencode-acp",
        label="opencode over ACP",
        commands=("opencode",),
        install="npm install -g opencode-ai",
        speaks="openai chat",
        path="/v1",
        modes=("allow", "ask", "deny"),
        model="model",
        arrange=acp_programs.opencode_acp,
        dialogue=acp.Acp,
        resumes=True,
        asks=True,
        steers=True,
        licence="MIT",
    ),
)
PROGRAMS = {program.name: program for program in _ALL}
