# SPDX-License-Identifier: Apache-2.0
"""The admin program, written by tools/generate_wire_tables.py: do not edit."""

NUMBER = 0x6900690
VERSION = 1

LIMITS = """
CLIENT_INFO_PARAMETERS_MAX=64
CLIENT_LIST_MAX=16384
SERVER_CLIENT_LIMITS_MAX=32
SERVER_LIST_MAX=16384
SERVER_THREADPOOL_PARAMETERS_MAX=32
"""

STRUCTURES = """
client AdminClientRef srv:server id:uhyper timestamp:hyper transport:uint
server AdminServerRef name:string
"""

PROCEDURES = """
1 connect_open; ; flags:uint;
2 connect_close; ; ;
3 connect_get_lib_version; ; ; lib_ver:uhyper
4 connect_list_servers; ; need_results:uint flags:uint; servers:server<SERVER_LIST_MAX> ret:uint
5 connect_lookup_server; ; name:string flags:uint; srv:server
6 server_get_threadpool_parameters; ; srv:server flags:uint; params:param<SERVER_THREADPOOL_PARAMETERS_MAX>
7 server_set_threadpool_parameters; ; srv:server params:param<SERVER_THREADPOOL_PARAMETERS_MAX> flags:uint;
8 server_list_clients; ; srv:server need_results:uint flags:uint; clients:client<CLIENT_LIST_MAX> ret:uint
9 server_lookup_client; ; srv:server id:uhyper flags:uint; clnt:client
10 client_get_info; ; clnt:client flags:uint; params:param<CLIENT_INFO_PARAMETERS_MAX>
11 client_close; ; clnt:client flags:uint;
12 server_get_client_limits; ; srv:server flags:uint; params:param<SERVER_CLIENT_LIMITS_MAX>
13 server_set_client_limits; ; srv:server params:param<SERVER_CLIENT_LIMITS_MAX> flags:uint;
14 connect_get_logging_outputs; ; flags:uint; outputs:string noutputs:uint
15 connect_get_logging_filters; ; flags:uint; filters:string? nfilters:uint
16 connect_set_logging_outputs; ; outputs:string? flags:uint;
17 connect_set_logging_filters; ; filters:string? flags:uint;
18 server_update_tls_files; ; srv:server flags:uint;
19 connect_set_daemon_timeout; ; timeout:uint flags:uint;
20 connect_daemon_shutdown since=11.2.0; ; flags:uint;
"""
