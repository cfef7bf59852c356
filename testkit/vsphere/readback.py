"""readback.py HOST:PORT: what a vCenter holds of Penstock, as JSON, read by VMware's own Python client, which shares nothing with ours.
The administrator's name and password come in USER and PASSWORD. The certificate it presents is trusted: it is a simulator on loopback."""

import json
import os
import ssl
import sys

from pyVim.connect import Disconnect, SmartConnect

KEY = "io.penstock.vsphere"

host, port = sys.argv[1].rsplit(":", 1)
certificate = ssl.get_server_certificate((host, int(port)))
trust = ssl.create_default_context(cadata=certificate)
trust.check_hostname = False
connection = SmartConnect(host=host, port=int(port), user=os.environ["USER"], pwd=os.environ["PASSWORD"], sslContext=trust)
try:
    content = connection.RetrieveContent()
    found = content.extensionManager.FindExtension(KEY)
    extension = found and {
        "version": found.version,
        "label": found.description.label,
        "servers": [
            {"url": each.url, "type": each.type, "thumbprint": each.serverThumbprint} for each in found.server
        ],
        "client": [{"url": each.url, "type": each.type} for each in found.client],
        "privileges": sorted(each.privID for each in found.privilegeList),
        "tasks": sorted(each.taskID for each in found.taskList),
        "events": sorted(each.eventID for each in found.eventList),
        "faults": sorted(each.faultID for each in found.faultList),
        "labels": {each.key: each.value for texts in found.resourceList for each in texts.data if each.key.endswith(".label")},
        "locales": sorted({each.locale for each in found.resourceList}),
    }
    authority = content.authorizationManager
    roles = {each.roleId: each for each in authority.roleList if each.name.startswith("Penstock")}
    permissions = [
        {"principal": each.principal, "role": roles[each.roleId].name, "propagate": each.propagate}
        for each in authority.RetrieveAllPermissions()
        if each.roleId in roles
    ]
    print(
        json.dumps(
            {
                "extension": extension,
                "roles": {each.name: sorted(each.privilege) for each in roles.values()},
                "permissions": permissions,
            }
        )
    )
finally:
    Disconnect(connection)
