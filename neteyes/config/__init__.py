"""Read config files: TOML with the settings of all flags of `neteyes run`, read again when they change.

No option is named here: keys, types and checks come from the command's own parameters.
"""

from neteyes.config.option import use_config
from neteyes.config.reading import Config, Setting, read_config
from neteyes.config.watch import ConfigWatch

__all__ = ["Config", "ConfigWatch", "Setting", "read_config", "use_config"]
