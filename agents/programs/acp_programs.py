"""How each program that speaks ACP is started: what its headless sister needs, without a prompt on the command line."""

from dataclasses import replace

from agents.programs import claude, codex, gemini, opencode, qwen
from agents.programs.dialogue import Arrangement, Setting


def any_program(setting: Setting) -> Arrangement:
    """A command of the architect's own: it is told the usual names."""
    env = {"OPENAI_BASE_URL": setting.url, "OPENAI_API_KEY": setting.word} if setting.url else {}
    return Arrangement(argv=setting.program, env=env, files={})


def claude_acp(setting: Setting) -> Arrangement:
    env = {**claude.QUIET}
    if setting.url:
        env |= {"ANTHROPIC_BASE_URL": setting.url, "ANTHROPIC_API_KEY": setting.word}
    env |= {"ANTHROPIC_MODEL": setting.model} if setting.model else {}
    return Arrangement(argv=setting.program, env=env, files={})


def codex_acp(setting: Setting) -> Arrangement:
    files = {f"{codex.HOME}/config.toml": codex.config(replace(setting, callback=None))} if setting.url else {}
    return Arrangement(argv=setting.program, env=codex.environment(setting), files=files)


def gemini_acp(setting: Setting) -> Arrangement:
    return _talking(gemini.base(setting), (*setting.program, "--acp"))


def qwen_acp(setting: Setting) -> Arrangement:
    return _talking(qwen.base(setting), (*setting.program, "--acp", "--auth-type", "openai"))


def opencode_acp(setting: Setting) -> Arrangement:
    made = opencode.base(setting)
    return replace(_talking(made, (*setting.program, "acp")), client_files=True)


def _talking(made: Arrangement, argv: tuple[str, ...]) -> Arrangement:
    return replace(made, argv=argv, stdin=None)
