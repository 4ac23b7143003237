# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501
"""The qemu program, written by tools/generate_wire_tables.py: do not edit."""

NUMBER = 0x20008087
VERSION = 1

LIMITS = """
"""

STRUCTURES = """
"""

PROCEDURES = """
1 domain_monitor_command; domain:write; dom:domain cmd:string flags:uint; result:string
2 domain_attach; domain:start domain:write; pid_value:uint flags:uint; dom:domain
3 domain_agent_command; domain:write; dom:domain cmd:string timeout:int flags:uint; result:string?
4 connect_domain_monitor_event_register high filter=domain:getattr; connect:search_domains connect:write; dom:domain? event:string? flags:uint; callback_id:int
5 connect_domain_monitor_event_deregister high; connect:write; callback_id:int;
6 domain_monitor_event event; none; ; callback_id:int dom:domain event:string seconds:hyper micros:uint details:string?
7 domain_monitor_command_with_files fds=in+out; domain:write; dom:domain cmd:string flags:uint; result:string
"""
