"""A config file: in TOML, all that the flags of `neteyes run` can say, and read again when it changes.

Nothing here knows an option by name: keys, types and checks come from the command's own parameters.
"""

from neteyes.config.option import use_config
from neteyes.config.reading import Config, Setting, read_config
from neteyes.config.watch import ConfigWatch

__all__ = ["Config", "ConfigWatch", "Setting", "read_config", "use_config"]
